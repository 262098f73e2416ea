import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { openDataset } from '../../../../core/data/set/openDataset.ts';
import {
  changeOverlay,
  dataFingerprint,
  OVERLAY_FILE,
  overlayFingerprint,
  readOverlay,
  refusedPlaces,
  refusePicture,
  setOverlay,
} from '../../../../core/data/set/overlay.ts';
import { ensurePacked } from '../../../../core/data/packed/packedCache.ts';
import type { PackedCache, PackKey } from '../../../../core/data/types.ts';
import { classFolder, importInto, temporaryFolder } from '../fixtures.ts';

const KEY: PackKey = { size: 8, color: 'rgb', fit: 'cover', interpolation: 'lanczos3' };
/** Of a size that nothing is packed in yet. */
const KEY_5: PackKey = { ...KEY, size: 5 };
let root: string;
let directory: string;
beforeEach(async () => {
  root = temporaryFolder();
  await classFolder(root, ['a', 'b'], 4);
  ({ directory } = await importInto(root, { fractions: { val: 0 } }));
});

function contents(cache: PackedCache): { path: string; label: number; pixels: Buffer }[] {
  const train = cache.split('train');
  const found = Array.from({ length: train?.length ?? 0 }, (_, i) => {
    const pixels = Buffer.alloc(8 * 8 * 3);
    train?.read([i], pixels);
    return { path: train?.pathOf(i) ?? '', label: train?.labels[i] ?? -2, pixels };
  });
  cache.close();
  return found;
}

describe('overlay', () => {
  it('leaves pictures out and relabels them when a split is opened; caches, order and files stay', async () => {
    const dataset = await openDataset(directory);
    const before = contents(await ensurePacked(dataset, KEY));
    const cacheFile = readFileSync(join(directory, 'cache', readdirSync(join(directory, 'cache'))[1] as string));
    await setOverlay(directory, [
      { split: 'train', path: 'a/1.png', exclude: true },
      { split: 'train', path: 'b/2.png', exclude: false, label: 'a' },
    ]);
    const cache = await ensurePacked(dataset, KEY);
    expect([0, 1, 6].map((i) => cache.split('train')?.positionOf?.(i))).toEqual([0, 2, 7]);
    const batch = Buffer.alloc(2 * 192);
    cache.split('train')?.read([6, 1], batch);
    expect(batch).toEqual(Buffer.concat([before[7]?.pixels as Buffer, before[2]?.pixels as Buffer]));
    expect(() => cache.split('train')?.pathOf(7)).toThrow(RangeError);
    expect(contents(cache)).toEqual(
      before
        .filter(({ path }) => path !== 'a/1.png')
        .map((row) => (row.path === 'b/2.png' ? { ...row, label: 0 } : row)),
    );
    expect(contents(await ensurePacked(dataset, KEY, { overlay: 'ignored' }))).toEqual(before);
    expect(readFileSync(join(directory, 'cache', readdirSync(join(directory, 'cache'))[1] as string))).toEqual(
      cacheFile,
    );
    expect(readdirSync(join(root, 'a'))).toHaveLength(4);

    // Another size is packed whole, too.
    const small = await ensurePacked(dataset, { ...KEY, size: 4 });
    expect(small.split('train')?.length).toBe(7);
    small.close();
    await setOverlay(directory, []);
    expect(existsSync(join(directory, OVERLAY_FILE))).toBe(false);
    expect(contents(await ensurePacked(dataset, KEY))).toEqual(before);
  });

  it('changes are merged, undone one by one, and seen in the fingerprint', async () => {
    const dataset = await openDataset(directory);
    expect(dataFingerprint(dataset)).toBe(dataset.card.fingerprint);
    await changeOverlay(directory, [{ split: 'train', path: 'a/1.png', exclude: true }]);
    const first = dataFingerprint(dataset);
    await changeOverlay(directory, [
      { split: 'train', path: 'b/1.png', exclude: false, label: 'a' },
      { split: 'train', path: 'b/2.png', exclude: false, label: 'b' },
    ]);
    expect(readOverlay(directory).changes.map(({ path }) => path)).toEqual(['a/1.png', 'b/1.png']);
    expect(new Set([dataset.card.fingerprint, first, dataFingerprint(dataset)]).size).toBe(3);
    const undone = await changeOverlay(directory, [{ split: 'train', path: 'b/1.png', exclude: false }]);
    expect(undone.changes).toHaveLength(1);
    expect(dataFingerprint(dataset)).toBe(first);
    expect(
      overlayFingerprint(await changeOverlay(directory, [{ split: 'train', path: 'a/1.png', exclude: false }])),
    ).toBeNull();
  });

  it('a refused picture is left out of everything but its place in training; the data stay the same', async () => {
    const dataset = await openDataset(directory);
    const before = contents(await ensurePacked(dataset, { ...KEY, size: 4 }, { overlay: 'inPlace' }));
    const path = join(root, 'a', '1.png');
    await changeOverlay(directory, [{ split: 'train', path: 'a/1.png', exclude: false, label: 'b' }]);
    const relabelled = dataFingerprint(dataset);
    expect(await refusePicture(dataset, join(root, 'a', '99.png'), 'why')).toBe(false);
    expect(await refusePicture(dataset, path, 'it crashes the decoder')).toBe(true);
    expect(readOverlay(directory).changes).toEqual([
      { split: 'train', path: 'a/1.png', exclude: true, label: 'b', refused: 'it crashes the decoder' },
    ]);
    expect(dataFingerprint(dataset)).toBe(relabelled);
    rmSync(path);
    // Made anew it has zeros in the picture's place, and does not touch the file.
    const inPlace = await ensurePacked(dataset, KEY_5, { overlay: 'inPlace' });
    const view = inPlace.split('train')!;
    expect([view.length, view.labels[1], ...refusedPlaces(view, 'train', readOverlay(directory))]).toEqual([8, 1, 1]);
    const pixels = Buffer.alloc(2 * 75, 9);
    view.read([1, 0], pixels);
    expect([Math.max(...pixels.subarray(0, 75)), Math.max(...pixels.subarray(75)) > 0]).toEqual([0, true]);
    inPlace.close();
    const others = await ensurePacked(dataset, KEY_5);
    expect([others.split('train')?.length, others.split('train')?.pathOf(1)]).toEqual([7, 'a/2.png']);
    others.close();
    expect(before).toHaveLength(8);
    // Wanted back, the picture is needed: the cache with zeros in its place is not used.
    await changeOverlay(directory, [{ split: 'train', path: 'a/1.png', exclude: false }]);
    await expect(ensurePacked(dataset, KEY_5)).rejects.toMatchObject({ code: 'dataset.changed' });
  });

  it.each([
    ['input.invalid', [{ split: 'train', path: 'a/99.png', exclude: true }]],
    ['input.invalid', [{ split: 'val', path: 'a/1.png', exclude: true }]],
    ['input.invalid', [{ split: 'train', path: 'a/1.png', exclude: false, label: 'zebra' }]],
    [
      'dataset.emptyClass',
      [0, 1, 2, 3].map((i) => ({
        split: 'train' as const,
        path: `a/${i}.png`,
        exclude: i > 1,
        ...(i < 2 && { label: 'b' }),
      })),
    ],
  ] as const)('%s, and nothing is changed', async (code, changes) => {
    await expect(changeOverlay(directory, [...changes])).rejects.toMatchObject({ code });
    expect(existsSync(join(directory, OVERLAY_FILE))).toBe(false);
  });

  it('a damaged one is named', async () => {
    writeFileSync(join(directory, OVERLAY_FILE), '{"version":1');
    await expect(ensurePacked(await openDataset(directory), KEY)).rejects.toMatchObject({ code: 'file.damaged' });
  });
});
