/** Pages and statistics of a data set's list of pictures. */
import type { DatasetStatistics, HistogramBin } from '../../../contract/api/datasets/datasetTypes.ts';
import { StudioError } from '../../../contract/errors.ts';
import type { Split } from '../../../contract/dataset.ts';
import { type DatasetIndex, readIndex, type SplitColumns } from '../../data/set/datasetIndex.ts';
import { readQuarantine } from '../../data/set/openDataset.ts';
import { readOverlay } from '../../data/set/overlay.ts';
import { permutation } from '../../data/random.ts';
import { SPLIT_ORDER } from '../../data/readers/reader.ts';
import { RecentlyUsed } from './recentlyUsed.ts';
import type { FoundImage, ReaderHandlers } from './requests.ts';

/** An imported data set's list never changes: a new import is a new folder. */
export const indices = new RecentlyUsed<DatasetIndex>(4);
const SHOWN_SIZES = 20;

function columnsOf(directory: string, split: Split): { index: DatasetIndex; columns: SplitColumns } {
  const index = indices.get(directory, () => readIndex(directory));
  const columns = index.splits[split];
  if (!columns) throw new StudioError('dataset.missingSplit', `The data set has no ${split} split.`);
  return { index, columns };
}

export const datasetImages: ReaderHandlers['datasetImages'] = ({
  directory,
  split,
  classIndex,
  search,
  shuffle,
  classNames,
  offset,
  limit,
}) => {
  const { columns } = columnsOf(directory, split);
  const order = shuffle === undefined ? null : dealt(directory, split, columns.paths.length, shuffle);
  const wanted = search?.trim().toLowerCase() ?? '';
  const classMatches = classNames.map((name) => wanted !== '' && name.toLowerCase().includes(wanted));
  const images: FoundImage[] = [];
  let total = 0;
  for (let place = 0; place < columns.paths.length; place++) {
    const at = order?.[place] ?? place;
    const label = columns.labels[at] ?? -1;
    if (classIndex !== undefined && label !== classIndex) continue;
    const path = columns.paths[at] ?? '';
    if (wanted !== '' && !classMatches[label] && !path.toLowerCase().includes(wanted)) continue;
    if (total >= offset && images.length < limit)
      images.push({ index: at, path, label, width: columns.widths[at] ?? 0, height: columns.heights[at] ?? 0 });
    total++;
  }
  return { images, total };
};

const dealtOrders = new RecentlyUsed<Int32Array>(4);
/** The places of a split in an order drawn from `seed`. */
const dealt = (directory: string, split: Split, count: number, seed: number): Int32Array =>
  dealtOrders.get(`${directory}/${split}/${seed}`, () => permutation(count, seed, 'wall', 0));

export const datasetPaths: ReaderHandlers['datasetPaths'] = ({ directory, split, indices: places }) => {
  const { index, columns } = columnsOf(directory, split);
  return {
    kind: index.kind,
    paths: places.map((at) => columns.paths[at] ?? null),
    labels: places.map((at) => columns.labels[at] ?? -1),
  };
};

export const quarantine: ReaderHandlers['quarantine'] = ({ directory, offset, limit }) => {
  const pictures = [
    ...readQuarantine(directory),
    ...readOverlay(directory).changes.flatMap(({ split, path, refused }) =>
      refused === undefined ? [] : [{ path, split, reason: refused }],
    ),
  ];
  return { pictures: pictures.slice(offset, offset + limit), total: pictures.length };
};

export const datasetStatistics: ReaderHandlers['datasetStatistics'] = ({ directory, card }): DatasetStatistics => {
  const index = indices.get(directory, () => readIndex(directory));
  const sizes = new Map<string, { width: number; height: number; count: number }>();
  const ratios: number[] = [];
  const bytes: number[] = [];
  for (const split of SPLIT_ORDER) {
    const columns = index.splits[split];
    columns?.widths.forEach((width, at) => {
      const height = columns.heights[at] ?? 0;
      const key = `${width}×${height}`;
      const known = sizes.get(key);
      if (known) known.count++;
      else sizes.set(key, { width, height, count: 1 });
      if (height > 0) ratios.push(width / height);
    });
    for (const size of columns?.sizesBytes ?? []) bytes.push(size);
  }
  const sorted = [...sizes.values()].sort((a, b) => b.count - a.count || a.width - b.width || a.height - b.height);
  return {
    splits: SPLIT_ORDER.flatMap((split) => {
      const found = card.splits[split];
      return found ? [{ split, ...found }] : [];
    }),
    sizes: sorted.slice(0, SHOWN_SIZES),
    otherSizes: sorted.slice(SHOWN_SIZES).reduce((sum, { count }) => sum + count, 0),
    aspectRatios: logHistogram(ratios, 0.5, (low, high) => `${low.toFixed(2)}–${high.toFixed(2)}`),
    fileSizes: logHistogram(bytes, 1, (low, high) => `${kibibytes(low)}–${kibibytes(high)} KiB`),
    channelMean: card.channelMean,
    channelStd: card.channelStd,
    quarantined: card.quarantined,
    notes: card.notes,
  };
};

/** Bins whose borders are powers of 2 ** step. */
function logHistogram(
  values: readonly number[],
  step: number,
  label: (low: number, high: number) => string,
): HistogramBin[] {
  const counts = new Map<number, number>();
  for (const value of values) {
    if (value <= 0) continue;
    const bin = Math.floor(Math.log2(value) / step);
    counts.set(bin, (counts.get(bin) ?? 0) + 1);
  }
  if (counts.size === 0) return [];
  const first = Math.min(...counts.keys());
  const last = Math.max(...counts.keys());
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const low = 2 ** ((first + i) * step);
    const high = 2 ** ((first + i + 1) * step);
    return { label: label(low, high), low, high, count: counts.get(first + i) ?? 0 };
  });
}

function kibibytes(bytes: number): string {
  return bytes < 1024 ? (bytes / 1024).toFixed(2) : String(Math.round(bytes / 1024));
}
