/** Real training processes that are hung, starved of memory or too large, on shipped pictures. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { forkBy, forkJob } from '../../../../cli/forkJob.ts';
import { createStudio, type Studio, type StudioOptions } from '../../../../core/studio/createStudio.ts';
import type { RunMessage } from '../../../../core/studio/training/runMessage.ts';
import { readTensors } from '../../../../core/train/checkpoint.ts';
import { noTensorFlow } from '../../../support/engines.ts';
import { LENET } from '../../../support/lenet.ts';
import { temporaryFolder } from '../../db/fixtures.ts';
import { copyFashionImages } from '../../../support/fashionImages.ts';

const SMALL = {
  model: LENET,
  preprocessing: { size: 32 },
  batchSize: 16,
  epochs: 4,
  lr: 1e-3,
  limit: { train: 64, val: 32 },
  device: 'cpu',
};
const LARGE = {
  ...SMALL,
  model: { name: 'vgg11', options: { widthFactor: 0.25, headWidth: 32 } },
  preprocessing: { size: 64 },
  batchSize: 512,
  epochs: 1,
  limit: { train: 512, val: 32 },
};
/** Of each class, for one batch. */
const IMAGES_OF_LARGE = 52;

const open: Studio[] = [];
afterEach(async () => {
  for (const studio of open.splice(0)) await studio.close();
});

/** `images` of each class. */
async function studioWith(options: Partial<StudioOptions> = {}, images = 8): Promise<Studio> {
  const folder = temporaryFolder();
  copyFashionImages(folder, { images: { train: images, val: 4 } });
  const studio = await createStudio({ dataDir: temporaryFolder(), fork: forkJob, ...options });
  open.push(studio);
  await studio.datasets.import({ path: folder, name: 'sample' });
  return studio;
}

/** Starts a run and hands what it says to `hear`; resolves with its id. */
async function train(
  studio: Studio,
  request: object,
  hear: (message: RunMessage) => void = () => undefined,
): Promise<string> {
  const dataset = (await studio.datasets.show('sample')).id;
  const { id } = await studio.runs.create({ ...request, dataset });
  studio.runs.subscribe((_, message) => hear(message));
  await studio.runs.start(id);
  return id;
}

/** Weights and optimizer slots of the last checkpoint; the files' headers name the run. */
const tensorsOf = async (studio: Studio, id: string): Promise<string> => {
  const last = (await studio.context.checkpoints.list(id)).at(-1);
  const hash = createHash('sha256');
  for (const file of ['weights.safetensors', 'optimizer.safetensors'] as const)
    for (const [name, values] of readTensors(last?.path ?? '', file))
      hash.update(name).update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return `${last?.step} ${hash.digest('hex')}`;
};

describe.skipIf(noTensorFlow !== null)('a real training process', () => {
  test('that stands still is ended as hung, and goes on from its checkpoint to the same bytes', async () => {
    let pid: number | undefined;
    let frozen = false;
    const studio = await studioWith({
      fork: (entry, options) => {
        const child = forkJob(entry, options);
        pid = child.pid;
        return child;
      },
    });
    const usual = { ...studio.context.supervision.patience };
    const id = await train(studio, SMALL, (message) => {
      if (message.type !== 'checkpointSaved' || message.checkpoint.epoch !== 2 || frozen) return;
      frozen = true;
      process.kill(pid ?? 0, 'SIGSTOP');
      // only now, so that a process on a busy machine is not reported as hung; it may be saving again
      Object.assign(studio.context.supervision.patience, { leastMs: 500, savingMs: 500, times: 0, graceMs: 200 });
    });
    expect(await studio.runs.wait(id)).toMatchObject({ state: 'hung', error: { code: 'run.hung' } });
    Object.assign(studio.context.supervision.patience, usual);
    await studio.runs.resume(id);
    expect(await studio.runs.wait(id)).toMatchObject({ state: 'finished', error: null });
    const whole = await train(studio, SMALL);
    await studio.runs.wait(whole);
    expect(await tensorsOf(studio, id)).toBe(await tensorsOf(studio, whole));
  });

  test("that grows makes way for a fresh one at the edges of epochs, with the same bytes in the end; the run's log says so", async () => {
    const studio = await studioWith({ supervision: { growth: { rssBytes: -1e15 } } });
    const heard: string[] = [];
    const id = await train(studio, SMALL, (message) =>
      heard.push(message.type === 'log' ? message.text : message.type),
    );
    const run = await studio.runs.wait(id);
    expect(run).toMatchObject({ state: 'finished', reason: 'All 4 epochs done.', step: 16 });
    expect(heard.filter((type) => type === 'recycling')).toHaveLength(1);
    expect(readFileSync(join(studio.paths.runDir(id), 'worker.log'), 'utf8')).toMatch(
      /A fresh process goes on from step 8: its memory grew from/,
    );
    const plain = await createStudio({ dataDir: studio.paths.dataDir, fork: forkJob });
    open.push(plain);
    const whole = await train(plain, SMALL);
    await plain.runs.wait(whole);
    expect(await tensorsOf(studio, id)).toBe(await tensorsOf(plain, whole));
    const points = async (of: string): Promise<unknown> =>
      (await plain.runs.metrics(of)).filter(({ name }) => !name.startsWith('perf/'));
    expect(await points(id)).toEqual(await points(whole));
  });

  test('that gets no more memory from the system ends as out of memory, with the batch that fits', async () => {
    const limited = join(temporaryFolder(), 'limited.sh');
    writeFileSync(limited, `#!/bin/sh\nexec prlimit --data=1100000000 ${process.execPath} "$@"\n`);
    chmodSync(limited, 0o755);
    const studio = await studioWith({}, IMAGES_OF_LARGE);
    open.push(
      await createStudio({ dataDir: studio.paths.dataDir, fork: (entry, options) => forkBy(limited, entry, options) }),
    );
    const starved = open.at(-1) as Studio;
    const id = await train(starved, LARGE);
    expect(await starved.runs.wait(id)).toMatchObject({
      state: 'outOfMemory',
      error: {
        code: 'run.outOfMemory',
        details: { fittingBatch: expect.any(Number) },
        remedy: expect.stringMatching(/^Batch (256|128|64) fits .*--batch-size/),
      },
    });
  });

  describe('in a container', () => {
    const group = `/sys/fs/cgroup/memory/quorum-test-${process.pid}`;
    let why: string | null = null;
    beforeAll(() => {
      try {
        mkdirSync(group);
        writeFileSync(`${group}/memory.limit_in_bytes`, '600000000');
      } catch (error) {
        why = `no memory control group can be made here: ${error instanceof Error ? error.message : String(error)}`;
      }
    });
    afterAll(() => {
      if (why === null) rmdirSync(group);
    });

    test('that the kernel kills for memory ends as out of memory, not as killed by somebody', async (context) => {
      if (why !== null) context.skip(why);
      const confined = join(temporaryFolder(), 'confined.sh');
      writeFileSync(confined, `#!/bin/sh\necho $$ > ${group}/cgroup.procs\nexec ${process.execPath} "$@"\n`);
      chmodSync(confined, 0o755);
      const studio = await studioWith({}, IMAGES_OF_LARGE);
      open.push(
        await createStudio({
          dataDir: studio.paths.dataDir,
          fork: (entry, options) => forkBy(confined, entry, options),
        }),
      );
      const starved = open.at(-1) as Studio;
      const id = await train(starved, LARGE);
      const run = await starved.runs.wait(id);
      expect(run).toMatchObject({
        state: 'outOfMemory',
        error: {
          code: 'run.outOfMemory',
          message: expect.stringContaining('the kernel killed it'),
          details: { shortage: 'kernel' },
        },
      });
      expect(Number(run.error?.details?.['fittingBatch'])).toBeLessThan(512);
    });
  });
});

test('prlimit is there, or the test above could not limit anything', () => {
  expect(execFileSync('prlimit', ['--version'], { encoding: 'utf8' })).toContain('prlimit');
});
