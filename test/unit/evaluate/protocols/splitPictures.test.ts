import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ImportOptions } from '../../../../contract/dataset.ts';
import { importDataset } from '../../../../core/data/import/import.ts';
import { openDataset } from '../../../../core/data/set/openDataset.ts';
import { openSplitPictures } from '../../../../core/evaluate/protocols/splitPictures.ts';
import { mosaic } from './mosaic.ts';

const SAMPLE = fileURLToPath(new URL('../../../../resources/samples/fashion-mnist-mini/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'quorum-split-'));

beforeAll(async () => {
  for (const name of ['bag', 'trouser'])
    cpSync(join(SAMPLE, 'test', name), join(folder, 'small', 'val', name), { recursive: true });
  for (const name of ['bag', 'trouser'])
    cpSync(join(SAMPLE, 'test', name), join(folder, 'small', 'train', name), { recursive: true });
  for (const [k, split] of ['train', 'val'].entries()) {
    for (const [c, name] of ['a', 'b'].entries()) {
      const target = join(folder, 'large', split, name);
      mkdirSync(target, { recursive: true });
      for (let i = 0; i < 2; i++) {
        const { pixels, width, height } = await mosaic(4 * k + 2 * c + i);
        await sharp(pixels, { raw: { width, height, channels: 3 } })
          .png()
          .toFile(join(target, `${i}.png`));
      }
    }
  }
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('pictures of several sizes come from their files', async () => {
  const datasetDir = join(folder, 'data', 'd-large');
  await importDataset(ImportOptions.parse({ path: join(folder, 'large') }), 'd-large', datasetDir);
  const split = await openSplitPictures(await openDataset(datasetDir), 'val');
  expect(split.paths).toEqual(['val/a/0.png', 'val/a/1.png', 'val/b/0.png', 'val/b/1.png']);
  expect(split.labels).toEqual([0, 0, 1, 1]);
  expect(split.batch(1, 3)).toEqual({
    kind: 'files',
    files: [join(folder, 'large', 'val/a/1.png'), join(folder, 'large', 'val/b/0.png')],
    names: ['val/a/1.png', 'val/b/0.png'],
  });
  await expect(openSplitPictures(await openDataset(datasetDir), 'test')).rejects.toThrow(
    expect.objectContaining({ code: 'dataset.missingSplit' }),
  );
});

test('small squares come from the packed cache, and a part of them evenly', async () => {
  const datasetDir = join(folder, 'data', 'd-small');
  await importDataset(ImportOptions.parse({ path: join(folder, 'small') }), 'd-small', datasetDir);
  const dataset = await openDataset(datasetDir);
  const split = await openSplitPictures(dataset, 'val', { limit: 5 });
  try {
    expect(split.count).toBe(5);
    expect(new Set(split.paths).size).toBe(5);
    expect(new Set(split.labels)).toEqual(new Set([0, 1]));
    const batch = split.batch(0, 5);
    if (batch.kind !== 'pixels') throw new Error('not packed');
    expect(batch).toMatchObject({ width: 28, height: 28, channels: 1 });
    const last = await sharp(join(folder, 'small', split.paths[4]!))
      .removeAlpha()
      .toColourspace('b-w')
      .raw()
      .toBuffer();
    expect(Buffer.compare(Buffer.from(batch.pixels.subarray(4 * 784)), last)).toBe(0);
  } finally {
    split.close();
  }
});
