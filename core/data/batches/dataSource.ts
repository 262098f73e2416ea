/** Whether training reads pictures from the packed cache or from their files. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DatasetCard } from '../../../contract/dataset.ts';
import type { Augmentation } from '../../../contract/recipe.ts';
import { freeBytesAtSync } from '../../files/freeSpace.ts';
import { countsOf, type DatasetIndex } from '../set/datasetIndex.ts';
import { CACHE_FOLDER } from '../set/datasetFiles.ts';
import { canonicalKey, channelsOfKey, packName } from '../packed/packKey.ts';
import type { OpenDataset, PackKey } from '../types.ts';

export type DataSource =
  | { readonly kind: 'packed' }
  /** `crops`: random resized crops are cut out of the pictures in their own size. `reason` is for the log. */
  | { readonly kind: 'files'; readonly crops: boolean; readonly reason: string };

/** Share of the free disk space that a new packed cache may take. */
const MOST_OF_THE_DISK = 0.8;

/**
 * Files for random resized crops of pictures larger than the network's input, since a crop of the small packed picture
 * would be blurred, and where the packed cache does not fit on the disk: then the same bytes are made anew for each
 * batch. The packed cache for everything else. The disk changes only where the bytes come from, never which ones they
 * are.
 */
export function chooseDataSource(
  { card, directory }: OpenDataset,
  index: DatasetIndex,
  key: PackKey,
  augmentation: Augmentation,
): DataSource {
  if (index.kind === 'records') return { kind: 'packed' };
  const { maxWidth, maxHeight } = card.sizes;
  const crops = cropsFromFiles(card, index.kind, key, augmentation);
  if (crops)
    return {
      kind: 'files',
      crops,
      reason:
        `random crops are cut from the original images (up to ${maxWidth} × ${maxHeight}), which are decoded ` +
        'ahead while training',
    };
  const canonical = canonicalKey(card, key);
  const folder = join(directory, CACHE_FOLDER);
  if (existsSync(join(folder, `${packName(canonical)}.u8`))) return { kind: 'packed' };
  const { train, val, test } = countsOf(index);
  const needed = (train + val + test) * key.size ** 2 * channelsOfKey(key);
  const free = freeBytesAtSync(directory);
  if (needed <= MOST_OF_THE_DISK * free) return { kind: 'packed' };
  const gib = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);
  return {
    kind: 'files',
    crops,
    reason:
      `the packed images would take ${gib(needed)} GiB of the ${gib(free)} GiB left on the disk, so the ` +
      'images are decoded ahead while training',
  };
}

/**
 * Whether random crops are cut from the pictures in their own size: where there are such crops, and the packed pictures
 * would be smaller.
 */
export function cropsFromFiles(
  { sizes: { maxWidth, maxHeight } }: Pick<DatasetCard, 'sizes'>,
  kind: DatasetIndex['kind'],
  { size }: Pick<PackKey, 'size'>,
  { resizedCrop }: Augmentation,
): boolean {
  return kind === 'files' && resizedCrop !== undefined && Math.max(maxWidth, maxHeight) > size;
}
