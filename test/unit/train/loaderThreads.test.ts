import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Loader, type LoaderOptions } from '../../../core/data/batches/loader.ts';
import { PrefetchingLoader } from '../../../core/data/batches/prefetchingLoader.ts';
import { train } from '../../../core/train/train.ts';
import { native, noTensorFlow } from '../../support/engines.ts';
import { attempt, SIDE, smallSpec, stripes } from '../../support/smallRun.ts';

/** Everything that is drawn at random: order, crops, colours, rectangles, mixing, dropout. */
const spec = smallSpec({
  epochs: 2,
  model: { name: 'vgg11', options: { widthFactor: 0.125, headWidth: 32, dropout: 0.5 } },
  augmentation: {
    flip: true,
    resizedCrop: {},
    trivialAugment: true,
    colorJitter: { hue: 0.2 },
    erasing: {},
    mixup: 0.3,
    cutmix: 1,
  },
});
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quorum-threads-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Hashes of the tensors in the last checkpoint of a run with that loader, and all its metrics but the clock's. */
async function trained(threads: number | null, depth: number): Promise<unknown> {
  const options: LoaderOptions = {
    size: SIDE,
    channels: 3,
    batchSize: spec.batchSize,
    augmentation: spec.augmentation,
    seed: spec.seed,
    shuffle: true,
  };
  const split = stripes(38, 1);
  const loader =
    threads === null ? new Loader(split, options) : new PrefetchingLoader(split, options, { threads, depth });
  const points: unknown[] = [];
  let last = '';
  for await (const event of train(spec, {
    engine: native(),
    runId: 'r',
    checkpointsDir: join(folder, `${threads}-${depth}`),
    train: loader,
    val: null,
    resumeFrom: null,
    signal: new AbortController().signal,
    startedAt: 0,
  })) {
    if (event.type === 'checkpointSaved') last = event.checkpoint.path;
    if (event.type === 'stepped' || event.type === 'epochEnded')
      points.push(...event.points.filter(({ name }) => !name.startsWith('perf/')));
  }
  if (loader instanceof PrefetchingLoader) await loader.close();
  const { files } = JSON.parse(await readFile(join(last, 'manifest.json'), 'utf8')) as {
    files: { name: string; sha256: string }[];
  };
  return { points, files: files.filter(({ name }) => name.endsWith('.safetensors')) };
}

describe.skipIf(noTensorFlow !== null)('a whole run', () => {
  it('ends with the same bytes and metrics whatever the number of loading threads and how far they are ahead', async () => {
    const alone = await trained(null, 0);
    for (const [threads, depth] of [
      [1, 1],
      [1, 6],
      [3, 2],
      [2, 9],
    ] as const)
      expect(await trained(threads, depth), `${threads} threads, ${depth} ahead`).toEqual(alone);
  });

  it('starts afresh where a process died before it could tell of its first checkpoint', async () => {
    const directory = join(folder, 'untold');
    const engine = native();
    const small = smallSpec({ epochs: 1 });
    await attempt(small, engine, directory, { dieAfter: (event) => event.type === 'checkpointSaved' });
    const again = await attempt(small, engine, directory);
    expect(again.events.at(-1)).toMatchObject({ type: 'finished', state: 'finished', step: 5 });
  });
});
