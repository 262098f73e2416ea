/** Images of a data set's split or of a folder at their own size, for evaluation. */
import { join } from 'node:path';
import type { Split } from '../../../contract/dataset.ts';
import type { ValueRange } from '../../../contract/valueRange.ts';
import { StudioError } from '../../../contract/errors.ts';
import { openTree } from '../../data/archive/storedTree.ts';
import { systemPath } from '../../data/sources/byteNames.ts';
import type { FolderImages } from '../../data/import/folderImages.ts';
import { readIndex, type SplitColumns } from '../../data/set/datasetIndex.ts';
import { readOverlay } from '../../data/set/overlay.ts';
import { ensurePacked, type PackEnv } from '../../data/packed/packedCache.ts';
import { nativeSide } from '../../data/packed/packKey.ts';
import type { OpenDataset } from '../../data/types.ts';
import type { PictureSource } from './viewPool.ts';

export interface LabelledPictures extends PictureSource {
  readonly paths: readonly string[];
  /** −1 where a picture has none. */
  readonly labels: ArrayLike<number>;
}

export interface SplitPictures extends LabelledPictures {
  readonly labels: readonly number[];
  close(): void;
}

/** Larger squares are decoded from their files: their packed cache would be larger than they are. */
const MAX_PACKED_SIDE = 128;

/**
 * All pictures of the split as the data set's overlay has it, or `limit` of them taken evenly. Sets of small squares
 * come from the packed cache (made where it is missing), which keeps them as they are. Samples wider than a byte are
 * read by `valueRange`, or else as the data set's own.
 * @throws {StudioError} `dataset.missingSplit`, and as `ensurePacked`
 */
export async function openSplitPictures(
  dataset: OpenDataset,
  name: Split,
  options: PackEnv & { readonly limit?: number | null; readonly valueRange?: ValueRange | undefined } = {},
): Promise<SplitPictures> {
  const { card, directory } = dataset;
  const { kind, splits } = readIndex(directory);
  const columns = splits[name];
  if (!columns || columns.paths.length === 0)
    throw new StudioError('dataset.missingSplit', `Data set "${card.name}" has no ${name} split.`, {
      remedy: `It has: ${Object.keys(card.splits).join(', ')}.`,
    });
  const chosen = choosePictures(dataset, name, columns, options.limit ?? null);
  const side = nativeSide(card);
  if (kind === 'files' && (side === null || side > MAX_PACKED_SIDE))
    return fromFiles(dataset, chosen, options.valueRange ?? card.valueRange);
  if (side === null) throw new Error(`data set ${card.id} keeps records of several sizes`);
  return fromNativePack(dataset, name, side, chosen, options);
}

/** `count` of `total` places, evenly. */
export function evenly(total: number, limit: number | null): number[] {
  const count = Math.min(limit ?? total, total);
  return Array.from({ length: count }, (_, i) => (count === total ? i : Math.floor(((i + 0.5) * total) / count)));
}

interface ChosenPictures extends Pick<SplitPictures, 'count' | 'paths' | 'labels'> {
  /** In the split as it was imported. */
  readonly places: readonly number[];
}

function choosePictures(
  { card, directory }: OpenDataset,
  name: Split,
  columns: SplitColumns,
  limit: number | null,
): ChosenPictures {
  const changes = new Map(
    readOverlay(directory)
      .changes.filter((change) => change.split === name)
      .map((change) => [change.path, change]),
  );
  const kept = columns.paths.flatMap((path, place) => (changes.get(path)?.exclude ? [] : [place]));
  const places = evenly(kept.length, limit).map((i) => kept[i]!);
  const paths = places.map((place) => columns.paths[place]!);
  const labels = places.map((place, at) => {
    const label = changes.get(paths[at]!)?.label;
    return label === undefined ? columns.labels[place]! : card.classIds.indexOf(label);
  });
  return { count: places.length, paths, labels, places };
}

function fromFiles(
  { card, directory }: OpenDataset,
  { count, paths, labels }: ChosenPictures,
  valueRange: ValueRange | undefined,
): SplitPictures {
  const tree = openTree(card.root, directory);
  return {
    count,
    paths,
    labels,
    batch: (from, to) => ({
      kind: 'files',
      files: paths.slice(from, to).map((path) => tree.file(path)),
      names: paths.slice(from, to),
      valueRange,
    }),
    close: () => undefined,
  };
}

/** What a folder lists; what of it is no image is found when it is read. */
export function openFolderPictures({ root, paths, labels }: FolderImages, valueRange?: ValueRange): LabelledPictures {
  return {
    count: paths.length,
    paths,
    labels,
    batch: (from, to) => ({
      kind: 'files',
      files: paths.slice(from, to).map((path) => systemPath(join(root, path))),
      names: paths.slice(from, to),
      valueRange,
    }),
  };
}

async function fromNativePack(
  dataset: OpenDataset,
  name: Split,
  side: number,
  { count, paths, labels, places }: ChosenPictures,
  { valueRange, ...env }: PackEnv & { readonly valueRange?: ValueRange | undefined },
): Promise<SplitPictures> {
  const { id, grayOnly } = dataset.card;
  const cache = await ensurePacked(
    dataset,
    { size: side, color: grayOnly ? 'gray' : 'rgb', fit: 'cover', interpolation: 'lanczos3', valueRange },
    { ...env, overlay: 'ignored' },
  );
  const split = cache.split(name);
  if (!split) throw new Error(`the packed cache of ${id} has no ${name} split`);
  return {
    count,
    paths,
    labels,
    batch(from, to) {
      const pixels = new Uint8Array((to - from) * split.bytesPerImage);
      split.read(places.slice(from, to), pixels);
      return { kind: 'pixels', pixels, width: side, height: side, channels: cache.channels };
    },
    close: () => {
      cache.close();
    },
  };
}
