import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCheckpoint } from '../../../core/train/checkpoint.ts';
import { MemoryGuard } from '../../../core/train/memoryGuard.ts';
import { native, noTensorFlow } from '../../support/engines.ts';
import { attempt, smallSpec } from '../../support/smallRun.ts';

describe.skipIf(noTensorFlow !== null)('a run that has ended', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quorum-ended-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each([
    ['its budget is spent in the middle of an epoch', { budget: { hours: 1e-9 } }],
    ['all epochs are done', { epochs: 1 }],
    ['it stopped early', { epochs: 9, lr: 1e-9, earlyStopping: { metric: 'val/loss', patience: 1, minChange: 10 } }],
  ])('does nothing more when it is continued: %s', async (name, change) => {
    const directory = join(folder, name.replaceAll(/\W/g, '-'));
    const spec = smallSpec(change);
    const engine = native();
    const first = await attempt(spec, engine, directory);
    const again = await attempt(spec, engine, directory, { resumeFrom: first.lastCheckpoint });
    const last = first.events.at(-1);
    expect(last).toMatchObject({ type: 'finished', state: 'finished' });
    expect(again.events.map(({ type }) => type)).toEqual(['resumed', 'finished']);
    expect(again.events.at(-1)).toMatchObject({
      state: 'finished',
      step: last?.type === 'finished' ? last.step : -1,
      bestEpoch: last?.type === 'finished' ? last.bestEpoch : -1,
    });
  });

  it('counts the time of earlier attempts against its budget', async () => {
    const directory = join(folder, 'attempts');
    const engine = native();
    const stopAfterThree = (_split: string, _epoch: number, step: number, stop: () => void): void => {
      if (step === 2) stop();
    };
    const first = await attempt(smallSpec({ epochs: 50 }), engine, directory, { onBatch: stopAfterThree });
    const { trainedMs } = (await loadCheckpoint(first.lastCheckpoint)).state;
    expect(trainedMs).toBeGreaterThan(0);
    const spent = await attempt(
      smallSpec({ epochs: 50, budget: { hours: (0.9 * trainedMs) / 3_600_000 } }),
      engine,
      directory,
      { resumeFrom: first.lastCheckpoint },
    );
    expect(spent.events.map(({ type }) => type)).toEqual(['resumed', 'finished']);
    expect(spent.events.at(-1)).toMatchObject({
      state: 'finished',
      reason: expect.stringContaining('budget'),
      step: 3,
    });
  });
});

describe('what a process may grow', () => {
  it('is measured from its first epoch on: tensors by number, memory by half or a gibibyte', () => {
    const readings = [
      { tensors: 5, rssBytes: 4e9 },
      { tensors: 1005, rssBytes: 5.9e9 },
      { tensors: 1006, rssBytes: 4e9 },
      { tensors: 5, rssBytes: 6.1e9 },
    ];
    const guard = new MemoryGuard(() => readings.shift() ?? { tensors: 0, rssBytes: 0 });
    expect(guard.check()).toBeNull();
    expect(guard.check()).toBeNull();
    expect(guard.check()).toMatch(/^1001 more tensors/);
    expect(guard.check()).toMatch(/memory grew from 3,815 MiB to 5,818 MiB/);
    const small = [
      { tensors: 0, rssBytes: 3e8 },
      { tensors: 0, rssBytes: 1.3e9 },
      { tensors: 0, rssBytes: 1.4e9 },
    ];
    const other = new MemoryGuard(() => small.shift() ?? { tensors: 0, rssBytes: 0 });
    expect([other.check(), other.check()]).toEqual([null, null]);
    expect(other.check()).toMatch(/memory grew/);
  });
});
