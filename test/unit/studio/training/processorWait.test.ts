import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { ProcessorWait } from '../../../../core/studio/training/processorWait.ts';

const tools = ['taskset', 'chrt'].every((tool) => spawnSync(tool, ['--version']).status === 0);
const UNAVAILABLE = 'needs Linux with taskset and chrt';
const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

/** A program on the first processor alone. */
function start(code: string, ...before: string[]): ChildProcess {
  const child = spawn('taskset', ['--cpu-list', '0', ...before, process.execPath, '--eval', code], { stdio: 'ignore' });
  started.push(child);
  return child;
}

test('a process that others keep from the processor waited; one that sleeps did not', async (context) => {
  if (!tools) context.skip(UNAVAILABLE);
  start('for (;;);');
  const starved = start('for (;;);', 'chrt', '--idle', '0');
  const asleep = start('setTimeout(() => {}, 1e6)');
  // until Node has started in each
  await sleep(3000);
  const waits = [starved, asleep].map(({ pid }) => new ProcessorWait(() => pid));
  for (const wait of waits) expect(wait.sinceLast()).toBe(0);
  let starvedMs = 0;
  let asleepMs = 0;
  // on a busy machine the one that sleeps was slow to fall asleep, and others have the other processor as well
  for (let looks = 0; looks < 60 && starvedMs < 3000; looks++) {
    await sleep(1000);
    const [more = 0, less = 0] = waits.map((wait) => wait.sinceLast());
    starvedMs += more;
    asleepMs += less;
  }
  expect(starvedMs).toBeGreaterThanOrEqual(3000);
  expect(asleepMs).toBeLessThan(starvedMs / 2);
});

test('nothing is known of a process that is gone', () => {
  const wait = new ProcessorWait(() => undefined);
  wait.sinceLast();
  expect(wait.sinceLast()).toBe(0);
});
