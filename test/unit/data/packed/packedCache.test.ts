import {
  existsSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeEach, describe, expect, it } from 'vitest';
import type { PackedCache, OpenDataset, PackKey } from '../../../../core/data/types.ts';
import { toGray } from '../../../../core/data/pictures/decodePicture.ts';
import { openDataset } from '../../../../core/data/set/openDataset.ts';
import { BLOCK_BYTES, checkSomeBlocks, hashFile, PackWriter } from '../../../../core/data/packed/packFile.ts';
import { ensurePacked } from '../../../../core/data/packed/packedCache.ts';
import { classFolder, copyInto, emojiFiles, importInto, picture, put, temporaryFolder } from '../fixtures.ts';

const NATIVE: PackKey = { size: 64, color: 'rgb', fit: 'cover', interpolation: 'lanczos3' };
const SMALL: PackKey = { ...NATIVE, size: 24 };

function contents(cache: PackedCache): Buffer {
  const parts = (['train', 'val', 'test'] as const).flatMap((name) => {
    const split = cache.split(name);
    if (split === null) return [];
    const out = new Uint8Array(split.length * split.bytesPerImage);
    split.read(
      Array.from({ length: split.length }, (_, i) => i),
      out,
    );
    return [out];
  });
  cache.close();
  return Buffer.concat(parts);
}

let root: string;
let dataset: OpenDataset;
const cacheFile = (name: string): string => join(dataset.directory, 'cache', name);
beforeEach(async () => {
  root = temporaryFolder();
  for (const group of ['flags', 'objects']) copyInto(join(root, group), emojiFiles(group, 8));
  dataset = await openDataset((await importInto(root)).directory);
});

describe('ensurePacked', () => {
  it('makes another size from the pictures, once', async () => {
    const stages = new Set<string>();
    const made = contents(await ensurePacked(dataset, SMALL, { onProgress: ({ stage }) => stages.add(stage) }));
    expect([...stages]).toEqual(['pack']);
    const { mtimeMs } = statSync(cacheFile('24-rgb-cover-lanczos3.u8'));
    expect(contents(await ensurePacked(dataset, SMALL))).toEqual(made);
    expect(statSync(cacheFile('24-rgb-cover-lanczos3.u8')).mtimeMs).toBe(mtimeMs);

    const cache = await ensurePacked(dataset, SMALL);
    const out = new Uint8Array(24 * 24 * 3);
    cache.split('val')?.read([1], out);
    const expected = await sharp(join(root, cache.split('val')?.pathOf(1) as string))
      .resize(24, 24, { kernel: 'lanczos3' })
      .removeAlpha()
      .raw()
      .toBuffer();
    expect(Buffer.compare(out, expected)).toBe(0);
    cache.close();
  });

  it('uses one cache for all kernels where nothing is resized', async () => {
    const cache = await ensurePacked(dataset, { ...NATIVE, fit: 'squash', interpolation: 'nearest' });
    expect(cache.key).toEqual(NATIVE);
    cache.close();
    expect(readdirSync(join(dataset.directory, 'cache'))).toHaveLength(2);
  });

  it('derives gray from colour exactly, without the pictures', async () => {
    const rgb = contents(await ensurePacked(dataset, NATIVE));
    renameSync(root, `${root}-moved`);
    const gray = contents(await ensurePacked(dataset, { ...NATIVE, color: 'gray' }));
    renameSync(`${root}-moved`, root);
    const expected = new Uint8Array(rgb.length / 3);
    toGray(rgb, expected);
    expect(Buffer.compare(gray, expected)).toBe(0);
  });

  it.each<[string, (path: string, sidecar: string) => void]>([
    ['missing', (path) => rmSync(path)],
    ['cut off', (path) => truncateSync(path, statSync(path).size - 1)],
    ['longer', (path) => writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.alloc(1)]))],
    [
      'changed inside',
      (path) => {
        const file = openSync(path, 'r+');
        writeSync(file, Uint8Array.from([1, 2, 3]), 0, 3, 5000);
        closeSync(file);
      },
    ],
    ['without sidecar', (_path, sidecar) => rmSync(sidecar)],
    ['with a damaged sidecar', (_path, sidecar) => writeFileSync(sidecar, '{"version":1')],
    [
      'of other data',
      (_path, sidecar) =>
        writeFileSync(sidecar, readFileSync(sidecar, 'utf8').replace(/"fingerprint":"[0-9a-f]/, '"fingerprint":"x')),
    ],
  ])('makes a cache that is %s anew', async (_what, damage) => {
    const before = contents(await ensurePacked(dataset, NATIVE));
    damage(cacheFile('64-rgb-cover-lanczos3.u8'), cacheFile('64-rgb-cover-lanczos3.json'));
    let packed = false;
    const after = contents(
      await ensurePacked(dataset, NATIVE, {
        onProgress: ({ stage }) => {
          packed ||= stage === 'pack';
        },
      }),
    );
    expect(packed).toBe(true);
    expect(Buffer.compare(after, before)).toBe(0);
  });

  it.each<[string, (file: string) => void]>([
    ['was changed', (file) => writeFileSync(file, readFileSync(emojiFiles('flags', 20)[19] as string))],
    ['was changed and has kept its size', (file) => writeFileSync(file, readFileSync(file).reverse())],
    ['has gone', (file) => rmSync(file)],
  ])('refuses to pack when a picture %s, and leaves nothing half-written', async (_what, edit) => {
    edit(emojiFiles('flags', 3).map((file) => join(root, 'flags', file.slice(file.lastIndexOf('/') + 1)))[2] as string);
    await expect(ensurePacked(dataset, SMALL)).rejects.toMatchObject({ code: 'dataset.changed' });
    expect(readdirSync(join(dataset.directory, 'cache')).sort()).toEqual([
      '64-rgb-cover-lanczos3.json',
      '64-rgb-cover-lanczos3.u8',
    ]);
  });

  it('leaves nothing half-written when aborted', async () => {
    await expect(ensurePacked(dataset, SMALL, { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow(
      'stop',
    );
    expect(existsSync(cacheFile('24-rgb-cover-lanczos3.u8'))).toBe(false);
    expect(readdirSync(join(dataset.directory, 'cache'))).toHaveLength(2);
  });

  it('names a damaged list of pictures', async () => {
    writeFileSync(join(dataset.directory, 'index.json'), '{}');
    await expect(ensurePacked(dataset, NATIVE)).rejects.toMatchObject({ code: 'file.damaged' });
  });
});

describe('PackedSplit', () => {
  it('reads any positions in any order, and refuses others', async () => {
    const cache = await ensurePacked(dataset, NATIVE);
    const train = cache.split('train');
    if (train === null) throw new Error('no train split');
    const all = new Uint8Array(train.length * train.bytesPerImage);
    train.read(
      Array.from({ length: train.length }, (_, i) => i),
      all,
    );
    const order = [5, 0, 1, 2, 9, 9, 3];
    const out = new Uint8Array(order.length * train.bytesPerImage);
    train.read(order, out);
    order.forEach((index, at) =>
      expect(out.subarray(at * train.bytesPerImage, (at + 1) * train.bytesPerImage)).toEqual(
        all.subarray(index * train.bytesPerImage, (index + 1) * train.bytesPerImage),
      ),
    );
    for (const wrong of [-1, train.length, 0.5, NaN]) expect(() => train.read([wrong], out)).toThrow(RangeError);
    expect(() => train.pathOf(train.length)).toThrow(RangeError);
    cache.close();
  });
});

describe('pack file', () => {
  it('checks first, last and some blocks between, and hashes the whole', () => {
    const path = join(temporaryFolder(), 'x.u8');
    const bytes = Buffer.from(Uint8Array.from({ length: 3 * BLOCK_BYTES + 100 }, (_, i) => (i * 7) % 251));
    const file = openSync(path, 'w+');
    const writer = new PackWriter(file);
    for (let at = 0; at < bytes.length; at += 700_001) writer.write(bytes.subarray(at, at + 700_001));
    const summary = writer.finish();
    expect(summary).toMatchObject({ sizeBytes: bytes.length });
    expect(summary.blockCrc32).toHaveLength(4);
    expect(checkSomeBlocks(file, summary)).toBe(true);
    expect(hashFile(file)).toBe(summary.sha256);
    for (const position of [0, BLOCK_BYTES + 5, bytes.length - 1]) {
      const kept = bytes[position] as number;
      writeSync(file, Uint8Array.from([kept ^ 1]), 0, 1, position);
      expect(checkSomeBlocks(file, summary)).toBe(false);
      writeSync(file, Uint8Array.from([kept]), 0, 1, position);
    }
    expect(checkSomeBlocks(file, summary)).toBe(true);
    closeSync(file);
  });

  it('of gray pictures serves colour as well', async () => {
    const gray = temporaryFolder();
    await classFolder(gray, ['a', 'b'], 3);
    for (const name of ['a', 'b'])
      for (let i = 0; i < 3; i += 1)
        put(
          join(gray, name, `${i}.png`),
          await sharp(await picture(8, 8, i))
            .greyscale()
            .png()
            .toBuffer(),
        );
    const opened = await openDataset((await importInto(gray)).directory);
    const one = contents(await ensurePacked(opened, { ...NATIVE, size: 8, color: 'gray' }));
    const three = contents(await ensurePacked(opened, { ...NATIVE, size: 8 }));
    expect(three).toHaveLength(3 * one.length);
    expect(three.every((value, i) => value === one[Math.floor(i / 3)])).toBe(true);
  });
});
