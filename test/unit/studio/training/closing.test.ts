/**
 * A host that closes, and a disk that is full under it: what a real process, stopped in its tracks or not, leaves
 * behind.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterEach, expect, test, vi } from 'vitest';
import { forkJob } from '../../../../cli/forkJob.ts';
import { createStudio, type Studio } from '../../../../core/studio/createStudio.ts';
import type { RunMessage } from '../../../../core/studio/training/runMessage.ts';
import { exampleCard } from '../../db/examples.ts';
import { temporaryFolder } from '../../db/fixtures.ts';
import { noSmallDisk, smallDisk, type SmallDisk } from '../../../support/smallDisk.ts';

const ENTRY = fileURLToPath(new URL('../jobs/processes/scriptedTrainer.ts', import.meta.url));
const open: Studio[] = [];
const disks: SmallDisk[] = [];
afterEach(async () => {
  for (const studio of open.splice(0)) await studio.close();
  for (const disk of disks.splice(0)) disk.remove();
});

async function studioWith(how: string, dataDir = temporaryFolder()): Promise<Studio> {
  const studio = await createStudio({
    dataDir,
    fork: (entry, { env }) => forkJob(entry, { env: { ...env, TEST_TRAINING: how } }),
    workerEntry: ENTRY,
  });
  open.push(studio);
  return studio;
}

async function start(studio: Studio, hear: (message: RunMessage) => void): Promise<string> {
  const card = exampleCard();
  await studio.context.datasets.save(card);
  mkdirSync(studio.paths.datasetDir(card.id), { recursive: true });
  const { id } = await studio.runs.create({ model: { name: 'vgg11' }, dataset: card.id, epochs: 3, batchSize: 16 });
  studio.runs.subscribe((_, message) => hear(message));
  await studio.runs.start(id);
  return id;
}

test.each([
  ['hang training', 7],
  ['hang saving', 8],
])(
  'closing does not wait for a process that is stopped in its tracks (%s); its last checkpoint is there',
  async (how, steps) => {
    const dataDir = temporaryFolder();
    const studio = await studioWith(how, dataDir);
    const reached = Promise.withResolvers<void>();
    const id = await start(studio, (message) => {
      if ('step' in message && message.step === steps) reached.resolve();
    });
    await reached.promise;
    open.splice(0);
    // a close that waits for the process never ends: the test's own timeout says so
    await studio.close();
    const again = await studioWith('finish', dataDir);
    expect(await again.runs.show(id)).toMatchObject({
      state: 'interrupted',
      reason: expect.stringMatching(/^Quorum was closed, and the process was ended before it had saved\./),
      error: null,
      checkpoints: [{ step: 4 }],
    });
    await again.runs.resume(id);
    expect(await again.runs.wait(id)).toMatchObject({ state: 'finished', step: 12 });
  },
);

test('an end is never before its start, and its duration is true, where the clock is set back meanwhile', async () => {
  const studio = await studioWith('wait');
  const reached = Promise.withResolvers<void>();
  const id = await start(studio, (message) => {
    if ('step' in message && message.step === 6) reached.resolve();
  });
  await reached.promise;
  vi.useFakeTimers({ toFake: ['Date'], now: 0 });
  try {
    await studio.runs.stop(id);
    const run = await studio.runs.wait(id);
    expect(run.state).toBe('stopped');
    expect(Date.parse(run.endedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(run.startedAt ?? ''));
    expect((await studio.runBook.require(id)).durationMs).toBeGreaterThan(0);
  } finally {
    vi.useRealTimers();
  }
}, 60_000);

test.skipIf(noSmallDisk !== null)(
  `what a run says while the disk is full is stored once it is not${noSmallDisk === null ? '' : ` (skipped: ${noSmallDisk})`}`,
  async () => {
    const disk = smallDisk(2 ** 25);
    disks.push(disk);
    const studio = await studioWith('finish', join(disk.path, 'data'));
    const heard: string[] = [];
    const id = await start(studio, (message) => {
      if (message.type === 'started') {
        // so that the next row takes new room
        new Database(studio.paths.database).pragma('wal_checkpoint(TRUNCATE)');
        disk.leave(0);
        try {
          writeFileSync(join(disk.path, 'rest'), Buffer.alloc(1 << 20));
        } catch {
          /* it is full now */
        }
      }
      if (message.type === 'log' && message.level === 'error') {
        heard.push(message.text);
        setTimeout(() => disk.leave(2 ** 24), 300);
      }
    });
    expect(await studio.runs.wait(id)).toMatchObject({ state: 'finished', step: 12, error: null });
    expect(heard[0]).toContain('The disk is full');
    expect((await studio.runs.metrics(id, { names: ['train/batchLoss'] })).map(({ step }) => step)).toEqual(
      Array.from({ length: 12 }, (_, i) => i + 1),
    );
  },
);
