import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { Augmentation } from '../../../../contract/recipe.ts';
import { cropAndFlip } from '../../../../core/data/augment/cropAndFlip.ts';
import { BatchAugmenter } from '../../../../core/data/augment/batchAugmenter.ts';
import { chooseDataSource } from '../../../../core/data/batches/dataSource.ts';
import { readIndex } from '../../../../core/data/set/datasetIndex.ts';
import { openFileSplit } from '../../../../core/data/batches/fileSplits.ts';
import { Loader, type Batch, type LoaderOptions } from '../../../../core/data/batches/loader.ts';
import { openDataset } from '../../../../core/data/set/openDataset.ts';
import { setOverlay } from '../../../../core/data/set/overlay.ts';
import { ensurePacked } from '../../../../core/data/packed/packedCache.ts';
import { PrefetchingLoader } from '../../../../core/data/batches/prefetchingLoader.ts';
import { keyedRandom } from '../../../../core/data/random.ts';
import type { FileSplit, OpenDataset, PackedSplit, PackKey } from '../../../../core/data/types.ts';
import { importInto, put, temporaryFolder } from '../fixtures.ts';

const KEY: PackKey = { size: 24, color: 'rgb', fit: 'cover', interpolation: 'linear' };
const ALL = Augmentation.parse({
  flip: true,
  resizedCrop: { minArea: 0.3 },
  colorJitter: { brightness: 0.4, hue: 0.1 },
  erasing: { probability: 0.5 },
  mixup: 0.3,
});
const CROPS = Augmentation.parse({ flip: true, resizedCrop: { minArea: 0.3 } });
const OPTIONS: LoaderOptions = {
  size: KEY.size,
  channels: 3,
  batchSize: 5,
  seed: 3,
  shuffle: true,
  augmentation: CROPS,
};

const open: PrefetchingLoader[] = [];
afterAll(() => Promise.all(open.map((loader) => loader.close())));
function loaderOf(
  split: FileSplit,
  options: LoaderOptions,
  crops: boolean,
  key = KEY,
  threads = 2,
  depth = 3,
): PrefetchingLoader {
  const loader = new PrefetchingLoader(split, options, { threads, depth }, { key, crops });
  open.push(loader);
  return loader;
}

const copy = (b: Batch): unknown => ({
  images: Buffer.from(b.images),
  labels: [...b.labels],
  indices: [...b.indices],
  count: b.count,
  mix: b.mix && { labels: [...b.mix.labels], lam: b.mix.lam },
});

let root: string;
let dataset: OpenDataset;
/** Two classes of seven photographs of different sizes: waves, as JPEG; the last one stored on its side. */
beforeEach(async () => {
  root = temporaryFolder();
  for (let i = 0; i < 14; i += 1) {
    const width = 60 + 7 * i;
    const height = 90 - 3 * i;
    const random = keyedRandom(i, 'waves');
    const a = random.int(9) + 3;
    const b = random.int(9) + 3;
    const pixels = Buffer.from(
      Uint8Array.from(
        { length: width * height * 3 },
        (_, at) => 128 + 100 * Math.sin(((at / 3) % width) / a + (at % 3)) * Math.cos(Math.floor(at / 3 / width) / b),
      ),
    );
    const picture = sharp(pixels, { raw: { width, height, channels: 3 } });
    put(
      join(root, i < 7 ? 'a' : 'b', `${i}.jpg`),
      await (i === 13 ? picture.withMetadata({ orientation: 6 }) : picture).jpeg({ quality: 90 }).toBuffer(),
    );
  }
  dataset = await openDataset((await importInto(root, { fractions: { val: 0.15, test: 0, seed: 0 } })).directory);
});
const train = (): FileSplit => openFileSplit(dataset, readIndex(dataset.directory), 'train') as FileSplit;

describe('pictures that stay files', () => {
  it.each(['rgb', 'gray'] as const)('without crops: the bytes of the packed cache, %s', async (color) => {
    const key: PackKey = { ...KEY, color };
    const options = {
      ...OPTIONS,
      channels: color === 'gray' ? 1 : 3,
      augmentation: Augmentation.parse({ flip: true, cropPadding: 2, erasing: {} }),
    };
    const cache = await ensurePacked(dataset, key);
    const packed = new Loader(cache.split('train') as PackedSplit, options);
    const files = loaderOf(train(), options, false, key);
    for (const [epoch, step] of [
      [0, 0],
      [0, 1],
      [0, 2],
      [1, 0],
      [0, 1],
    ] as const)
      expect(copy(files.batch(epoch, step))).toEqual(copy(packed.batch(epoch, step)));
    cache.close();
  });

  it('with crops: the same batches whatever the number of threads and how far ahead', () => {
    const options = { ...OPTIONS, augmentation: ALL };
    const one = loaderOf(train(), options, true, KEY, 1, 1);
    const many = loaderOf(train(), options, true, KEY, 3, 5);
    for (const [epoch, step] of [
      [0, 0],
      [0, 1],
      [0, 2],
      [1, 0],
      [5, 2],
      [0, 1],
    ] as const)
      expect(copy(many.batch(epoch, step))).toEqual(copy(one.batch(epoch, step)));
  });

  it('with crops: each is that part of the whole picture, rotated as EXIF says, scaled, and mirrored', async () => {
    const split = train();
    const augmenter = new BatchAugmenter({ ...OPTIONS, fill: [] });
    const batch = loaderOf(split, OPTIONS, true).batch(2, 0);
    const expected = new Uint8Array(24 * 24 * 3);
    let mirrored = 0;
    for (let i = 0; i < batch.count; i += 1) {
      const index = batch.indices[i] as number;
      const file = split.fileOf(index);
      const { box, flip } = augmenter.cropOf(file.width, file.height, { epoch: 2, index, copy: 0 });
      expect(box.left + box.width).toBeLessThanOrEqual(file.width);
      expect(box.top + box.height).toBeLessThanOrEqual(file.height);
      const whole = await sharp(file.path).autoOrient().raw().toBuffer({ resolveWithObject: true });
      const crop = await sharp(whole.data, { raw: whole.info })
        .extract(box)
        .resize(24, 24, { fit: 'fill', kernel: 'linear' })
        .raw()
        .toBuffer();
      cropAndFlip(crop, 0, expected, 0, 24, 3, 0, { dx: 0, dy: 0, flip });
      expect(
        Buffer.compare(
          Buffer.from(batch.images.subarray(i * expected.length, (i + 1) * expected.length)),
          Buffer.from(expected),
        ),
        file.path,
      ).toBe(0);
      mirrored += Number(flip);
    }
    expect(mirrored).toBeGreaterThan(0);
  });

  it('excluded and relabelled pictures are as the overlay has them', async () => {
    const before = train();
    const left = before.pathOf(0);
    const other = before.pathOf(1);
    await setOverlay(dataset.directory, [
      { split: 'train', path: left, exclude: true },
      { split: 'train', path: other, exclude: false, label: dataset.card.classIds[1] },
    ]);
    const after = train();
    expect(after.length).toBe(before.length - 1);
    expect([after.pathOf(0), after.labels[0], after.fileOf(0)]).toEqual([other, 1, before.fileOf(1)]);
  });

  it('a picture that was changed or is gone ends the batch with its name, and a new try with the old one goes on', () => {
    const split = train();
    const file = split.fileOf(0);
    const loader = loaderOf(split, { ...OPTIONS, shuffle: false }, true);
    const whole = copy(loaderOf(split, { ...OPTIONS, shuffle: false }, true).batch(0, 0));
    // A copy that was brought back has another time, and is the same.
    utimesSync(file.path, 1, 1);
    expect(copy(loaderOf(split, { ...OPTIONS, shuffle: false }, true).batch(0, 0))).toEqual(whole);
    const bytes = readFileSync(file.path);
    writeFileSync(file.path, Buffer.from(bytes).reverse());
    expect(() => loader.batch(0, 0)).toThrow(
      expect.objectContaining({
        code: 'dataset.changed',
        message: expect.stringContaining(file.path) as string,
      }) as Error,
    );
    writeFileSync(file.path, bytes);
    expect(copy(loader.batch(0, 0))).toEqual(whole);
  });
});

describe('where training reads from', () => {
  it('from files for random crops of larger pictures, and where the disk is too small; else from the packed cache', () => {
    const index = readIndex(dataset.directory);
    const plain = Augmentation.parse({ flip: true });
    expect(chooseDataSource(dataset, index, KEY, plain)).toEqual({ kind: 'packed' });
    expect(chooseDataSource(dataset, index, KEY, CROPS)).toMatchObject({ kind: 'files', crops: true });
    expect(chooseDataSource(dataset, index, { ...KEY, size: 200 }, CROPS)).toEqual({ kind: 'packed' });
    expect(chooseDataSource(dataset, index, { ...KEY, size: 10_000_000 }, plain)).toMatchObject({
      kind: 'files',
      crops: false,
      reason: expect.stringContaining('GiB') as string,
    });
  });
});
