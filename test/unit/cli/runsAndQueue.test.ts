/** Runs kept in order and a queue trained from a terminal. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunRow } from '../../../contract/api/runs/runTypes.ts';
import type { Run } from '../../../contract/run.ts';
import { quorumCommand } from '../../support/quorumCommand.ts';
import { copyFashionImages } from '../../support/fashionImages.ts';

const folder = mkdtempSync(join(tmpdir(), 'quorum-queue-'));
const TINY = [
  '--model',
  'vgg11',
  '--dataset',
  'two',
  '--width-factor',
  '0.05',
  '--head-width',
  '8',
  '--device',
  'wasm',
  '--batch-size',
  '10',
  '--queue',
];

const quorum = (...args: string[]): ReturnType<typeof quorumCommand> => quorumCommand(join(folder, 'data'), args);

/** The command's result; `queue run` has one even where a run failed. */
async function json<T>(...args: string[]): Promise<T> {
  const { stdout, stderr } = await quorum(...args, '--json');
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as T;
}

interface Queue {
  readonly waiting: { readonly id: string; readonly name: string; readonly queuePosition: number }[];
  readonly paused: boolean;
}
const order = ({ waiting }: Queue): string[] => waiting.map(({ name }) => name);

beforeAll(async () => {
  copyFashionImages(join(folder, 'pictures'), { classes: ['trouser', 'bag'], images: { train: 20, val: 10 } });
  await json('dataset', 'import', join(folder, 'pictures'), '--name', 'two');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the queue keeps its order, trains over a failure, and says what became of each', async () => {
  await json('train', ...TINY, '--epochs', '3', '--repeat', '2', '--lr', '1e-3', '--name', 'seeds');
  await json('train', ...TINY, '--epochs', '3', '--optimizer', 'sgd', '--lr', '1e30', '--name', 'bad');
  await json('train', ...TINY, '--epochs', '1', '--name', 'taken');
  const before = await json<Queue>('queue', 'list');
  expect(order(before)).toEqual(['seeds, seed 0', 'seeds, seed 1', 'bad', 'taken']);
  await json('queue', 'move', 'bad', '--before', 'seeds, seed 0');
  expect(order(await json<Queue>('queue', 'remove', 'taken'))).toEqual(['bad', 'seeds, seed 0', 'seeds, seed 1']);
  expect((await quorum('queue', 'remove', 'taken')).stderr).toContain('does not wait');
  expect((await json<Queue>('queue', 'pause')).paused).toBe(true);

  const ended = await quorum('queue', 'run', '--json');
  expect(ended.code).toBe(1);
  const { runs, waiting } = JSON.parse(ended.stdout) as { runs: Run[]; waiting: number };
  expect(waiting).toBe(0);
  expect(runs.map(({ name, state }) => [name, state])).toEqual([
    ['bad', 'diverged'],
    ['seeds, seed 0', 'finished'],
    ['seeds, seed 1', 'finished'],
  ]);
  expect(order(await json<Queue>('queue', 'list'))).toEqual([]);
  expect((await quorum('queue', 'add', runs[1]?.id ?? '')).stderr).toContain('is finished');
});

test('with --stop-after-failure the rest waits, and another start goes on with it', async () => {
  await json('queue', 'add', 'bad');
  await json('queue', 'add', 'taken');
  const stopped = await json<{ waiting: number; pausedReason: string | null }>('queue', 'run', '--stop-after-failure');
  expect(stopped).toMatchObject({ waiting: 1, pausedReason: expect.stringContaining('bad') });
  const rest = await quorum('queue', 'run', '--json');
  expect(rest.code).toBe(0);
  expect((JSON.parse(rest.stdout) as { runs: Run[] }).runs.map(({ name, state }) => [name, state])).toEqual([
    ['taken', 'finished'],
  ]);
});

test('runs are compared, tagged, noted, exported, thrown away and taken back', async () => {
  const [first, second] = (await json<{ runs: Run[] }>('runs', 'list')).runs
    .filter(({ name }) => name.startsWith('seeds'))
    .map(({ id }) => id)
    .sort() as [string, string];
  const compared = await json<{ settings: { setting: string; values: unknown[] }[] }>('runs', 'compare', first, second);
  expect(compared.settings).toEqual([{ setting: 'seed', values: [0, 1] }]);
  expect((await quorum('runs', 'compare', first, second, '--format', 'latex')).stdout).toContain('\\begin{tabular}');
  const { seeds } = await json<{ seeds: { runs: string[]; top1: { n: number; sd: number } }[] }>(
    'runs',
    'list',
    '--seeds',
  );
  expect(seeds).toMatchObject([{ runs: [second, first], top1: { n: 2 } }]);

  expect(await json('runs', 'tag', first, 'good', 'base')).toEqual({ id: first, tags: ['good', 'base'] });
  expect(await json('runs', 'tag', first, 'base', '--remove')).toEqual({ id: first, tags: ['good'] });
  expect((await json<{ runs: Run[] }>('runs', 'list', '--tag', 'good')).runs.map(({ id }) => id)).toEqual([first]);
  await json('runs', 'note', first, 'the', 'one');
  expect(await json('runs', 'note', first)).toEqual({ id: first, note: 'the one' });

  const file = join(folder, 'run.csv');
  const written = await json<{ points: number }>('runs', 'export', first, '--output', file);
  expect(readFileSync(file, 'utf8').trim().split('\r\n')).toHaveLength(written.points + 1);
  expect((await quorum('runs', 'export', first, '--output', file)).stderr).toContain('exists');
  const whole = join(folder, 'run.json');
  await json('runs', 'export', first, '--output', whole);
  expect(JSON.parse(readFileSync(whole, 'utf8'))).toMatchObject({
    id: first,
    note: 'the one',
    tags: ['good'],
    spec: { seed: 0 },
  });

  await json('runs', 'remove', second);
  const ids = async (...args: string[]): Promise<string[]> =>
    (await json<{ runs: Run[] }>('runs', 'list', ...args)).runs.map(({ id }) => id);
  expect(await ids('--trash')).toEqual([second]);
  expect(await ids()).not.toContain(second);
  await json('runs', 'restore', second);
  expect(await ids()).toContain(second);
  await json('runs', 'remove', second);
  await json('runs', 'remove', second, '--for-good');
  expect(await ids('--trash')).toEqual([]);
  expect((await quorum('runs', 'restore', second)).stderr).toContain('no run in the trash');
});

test('what early stopping would have done to a recorded history', async () => {
  const never = await json<Record<string, unknown>>('runs', 'what-if', 'seeds, seed 0', '--patience', '50');
  expect(never).toMatchObject({ patience: 50, stopEpoch: null, savedMs: 0 });
  expect(never['value']).toBe(never['bestValue']);
  // an improvement of 100 never comes after the first epoch, which is kept
  const soon = await json<Record<string, unknown>>(
    'runs',
    'what-if',
    'seeds, seed 0',
    '--patience',
    '1',
    '--min-change',
    '100',
  );
  expect(soon).toMatchObject({ stopEpoch: 2, bestEpoch: 1 });
  expect(soon['savedMs']).toBeGreaterThan(0);
});

test('runs under several seeds are one group, trained at once or queued', async () => {
  const once = TINY.filter((word) => word !== '--queue');
  await json('train', ...once, '--epochs', '1', '--repeat', '2', '--name', 'repeated');
  await json('train', ...TINY, '--epochs', '1', '--seed', '1,2', '--name', 'waiting');
  await json('queue', 'remove', 'waiting, seed 1', 'waiting, seed 2');
  const { runs } = await json<{ runs: RunRow[] }>('runs', 'list');
  const groupsOf = (name: string): (string | null)[] =>
    runs.filter((run) => run.name.startsWith(name)).map(({ group }) => group);
  for (const name of ['repeated', 'waiting']) {
    const [group] = groupsOf(name);
    expect(group).toMatch(/^g-\d{8}-\w{4}$/);
    expect(groupsOf(name)).toEqual([group, group]);
  }
  expect(groupsOf('repeated')).not.toEqual(groupsOf('waiting'));
});
