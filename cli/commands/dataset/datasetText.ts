/** Data sets as text. */
import type { DatasetCard } from '../../../contract/dataset.ts';
import { formatTable, formatWhen, printable } from '../../format.ts';

const CLASSES_NAMED = 8;
const HISTOGRAM_CLASSES = 20;
const BAR_CELLS = 30;

export function describeDatasets(datasets: readonly DatasetCard[]): string {
  if (datasets.length === 0) return 'No data sets yet. Import one: quorum dataset import FOLDER';
  const rows = datasets.map((card) => [
    card.id,
    card.name,
    card.layout,
    String(card.classNames.length),
    ...(['train', 'val', 'test'] as const).map((split) => String(card.splits[split]?.count ?? '–')),
    String(card.quarantined),
    formatWhen(card.createdAt),
  ]);
  return formatTable(['id', 'name', 'layout', 'classes', 'train', 'val', 'test', 'unusable', 'imported'], rows, [
    'classes',
    'train',
    'val',
    'test',
    'unusable',
  ]);
}

export function describeCard(card: DatasetCard): string {
  const splits = (['train', 'val', 'test'] as const).flatMap((split) => {
    const content = card.splits[split];
    return content ? [`${content.count} ${split}${content.labelled ? '' : ' (no labels)'}`] : [];
  });
  const lines = [
    `${card.id}  "${card.name}"  ${card.layout}  ${card.root}`,
    `${card.classNames.length} classes: ` +
      `${card.classNames.slice(0, CLASSES_NAMED).join(', ')}${card.classNames.length > CLASSES_NAMED ? ', …' : ''}`,
    `${splits.join(', ')}; ${card.quarantined} unusable`,
    card.splitRule,
    `${sizeLine(card)}; ${card.grayOnly ? 'gray' : 'colour'}`,
    `train: mean ${card.channelMean.map((value) => value.toFixed(4)).join(' ')}, sd ` +
      `${card.channelStd.map((value) => value.toFixed(4)).join(' ')} (RGB, 0–1)`,
    ...card.notes,
  ];
  return [...lines.map(printable), classHistogram(card)].join('\n');
}

/** "60×40 pixels", or the range of each side and the most frequent size. */
export function sizeLine({ sizes, nativeSize }: Pick<DatasetCard, 'sizes' | 'nativeSize'>): string {
  const side = (least: number, most: number): string => (least === most ? String(least) : `${least}–${most}`);
  const range = `${side(sizes.minWidth, sizes.maxWidth)}×${side(sizes.minHeight, sizes.maxHeight)} pixels`;
  if (sizes.minWidth === sizes.maxWidth && sizes.minHeight === sizes.maxHeight) return range;
  return `${range}, ${nativeSize ? `most often ${nativeSize.width}×${nativeSize.height}` : 'no size is common'}`;
}

/** Images of each class in each split, with a bar for train; of many classes only the smallest and largest ten. */
function classHistogram({ classNames, splits }: DatasetCard): string {
  const present = (['train', 'val', 'test'] as const).filter((split) => splits[split]?.labelled === true);
  const counts = (split: 'train' | 'val' | 'test', label: number): number => splits[split]?.perClass[label] ?? 0;
  const bySize = classNames.map((_, label) => label).sort((a, b) => counts('train', b) - counts('train', a) || a - b);
  const many = bySize.length > HISTOGRAM_CLASSES;
  const shown = many ? [...bySize.slice(0, HISTOGRAM_CLASSES / 2), ...bySize.slice(-HISTOGRAM_CLASSES / 2)] : bySize;
  const most = Math.max(1, counts('train', bySize[0] ?? 0));
  const rows = shown.map((label) => [
    classNames[label] ?? '',
    ...present.map((split) => String(counts(split, label))),
    '█'.repeat(Math.round((BAR_CELLS * counts('train', label)) / most)),
  ]);
  if (many)
    rows.splice(HISTOGRAM_CLASSES / 2, 0, [
      `… ${bySize.length - HISTOGRAM_CLASSES} more`,
      ...present.map(() => ''),
      '',
    ]);
  return formatTable(['class', ...present, ''], rows, present);
}
