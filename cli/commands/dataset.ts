/** `quorum dataset`: import, list, show, check, remove; those for single pictures are in datasetPictures.ts. */
import { addFetchDataset } from './fetch.ts';
import { type Command, Option } from 'commander';
import { type DatasetCard, type DatasetCheck, LayoutName, NestedRule } from '../../contract/dataset.ts';
import { formatTable, formatWhen, printable } from '../format.ts';
import { formatBytes } from '../../pure/bytes.ts';
import { decimalNumber, wholeNumber } from '../options/optionValues.ts';
import { withStudio } from '../session.ts';
import { addPictureCommands } from './datasetPictures.ts';

interface ImportCommandOptions {
  readonly name?: string;
  readonly layout: string;
  readonly valFraction?: number;
  readonly testFraction?: number;
  readonly splitSeed?: number;
  readonly nested?: string;
  readonly pathColumn?: string;
  readonly labelColumn?: string;
  readonly splitColumn?: string;
  readonly images?: string;
  readonly encoding?: string;
}

export function addDatasetCommand(program: Command): void {
  const dataset = program
    .command('dataset')
    .description('Data sets: import, list, show, check, find duplicates, leave out or relabel pictures, remove.');
  dataset
    .command('import <path>')
    .description(
      'Import a folder of images, an archive (zip, tar, tar.gz) of one, or a list of images ' +
        '(CSV, TSV, text, JSON lines); the layout is found by itself.',
    )
    .option('--name <text>', "default: the folder's name")
    .addOption(
      new Option('--layout <name>', 'layout of the folder').choices(['auto', ...LayoutName.options]).default('auto'),
    )
    .option(
      '--val-fraction <share>',
      'share held back for validation where the layout has none; default 0.2',
      decimalNumber,
    )
    .option('--test-fraction <share>', 'share held back for testing; default 0', decimalNumber)
    .option('--split-seed <n>', 'decides which pictures are held back; default 0', wholeNumber)
    .addOption(
      new Option(
        '--nested <rule>',
        'folders inside of class folders: first = the outer folder is the class, leaf = each folder with pictures',
      ).choices(NestedRule.options),
    )
    .option('--path-column <name>', 'column of a list that names the image files; a name, or a number from 1')
    .option('--label-column <name>', 'column of a list that holds the class')
    .option('--split-column <name>', 'column of a list that holds the split: words, true or false for val, or folds')
    .option('--images <folder>', "folder of a list's images, relative to the list")
    .option('--encoding <name>', 'encoding of a list: utf-8, windows-1252, shift_jis …; default: found out')
    .action((path: string, options: ImportCommandOptions, command: Command) =>
      withStudio(command, async (session) => {
        const { name, layout, valFraction, testFraction, splitSeed, nested } = options;
        const { pathColumn, labelColumn, splitColumn, images, encoding } = options;
        const list = { pathColumn, labelColumn, splitColumn, images, encoding };
        const fractions = {
          ...(valFraction !== undefined && { val: valFraction }),
          ...(testFraction !== undefined && { test: testFraction }),
          ...(splitSeed !== undefined && { seed: splitSeed }),
        };
        const card = await session.studio.datasets.import(
          {
            path,
            layout,
            fractions,
            list,
            ...(name !== undefined && { name }),
            ...(nested !== undefined && { nested }),
          },
          session.work,
        );
        session.print(card, describeCard(card));
      }),
    );
  addFetchDataset(dataset);
  dataset
    .command('list')
    .description('All data sets, newest first.')
    .action((_options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const { datasets, damaged } = await session.studio.datasets.list();
        const rows = datasets.map((card) => [
          card.id,
          card.name,
          card.layout,
          String(card.classNames.length),
          ...(['train', 'val', 'test'] as const).map((split) => String(card.splits[split]?.count ?? '–')),
          String(card.quarantined),
          formatWhen(card.createdAt),
        ]);
        const table =
          rows.length > 0
            ? formatTable(['id', 'name', 'layout', 'classes', 'train', 'val', 'test', 'unusable', 'imported'], rows, [
                'classes',
                'train',
                'val',
                'test',
                'unusable',
              ])
            : 'No data sets yet. Import one: quorum dataset import FOLDER';
        session.print(
          { datasets, damaged },
          [
            table,
            ...damaged.map(({ id, name, problem }) => printable(`${id} (${name}) needs repair: ${problem}`)),
          ].join('\n'),
        );
      }),
    );
  dataset
    .command('show <dataset>')
    .description('One data set.')
    .action((text: string, _options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const card = await session.studio.datasets.show(text);
        session.print(card, describeCard(card));
      }),
    );
  dataset
    .command('check <dataset>')
    .description('Compare a data set with the files it was imported from.')
    .action((text: string, _options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const report = await session.studio.datasets.check(text, session.work);
        session.print(report, describeCheck(report));
        if (!report.ok) process.exitCode = 1;
      }),
    );
  addPictureCommands(dataset);
  dataset
    .command('remove <dataset>')
    .description("Remove Quorum's copy; your pictures stay.")
    .option('--force', 'also when runs were trained on it')
    .action((text: string, { force = false }: { force?: boolean }, command: Command) =>
      withStudio(command, async (session) => {
        const removed = await session.studio.datasets.remove(text, { force });
        session.print(removed, `Removed ${removed.id} ("${printable(removed.name)}"). Your pictures were not touched.`);
      }),
    );
}

function describeCard(card: DatasetCard): string {
  const splits = (['train', 'val', 'test'] as const).flatMap((split) => {
    const found = card.splits[split];
    return found ? [`${found.count} ${split}${found.labelled ? '' : ' (no labels)'}`] : [];
  });
  const most = 8;
  const lines = [
    `${card.id}  "${card.name}"  ${card.layout}  ${card.root}`,
    `${card.classNames.length} classes: ` +
      `${card.classNames.slice(0, most).join(', ')}${card.classNames.length > most ? ', …' : ''}`,
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

const HISTOGRAM_CLASSES = 20;
const BAR_CELLS = 30;

/** Pictures of each class in each split, with a bar for train; of many classes only the smallest and largest ten. */
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

function describeCheck(report: DatasetCheck): string {
  const { compared, changed, missing, added, examples, caches, problem } = report;
  const lines = [
    `${report.ok ? 'ok' : 'NOT OK'}: ${compared} files compared, ${changed} changed, ` +
      `${missing} missing, ${added} added`,
    ...examples.map(({ path, state }) => `  ${state}: ${path}`),
    ...caches.map(
      (cache) => `${cache.file}: ${formatBytes(cache.sizeBytes)}, ${cache.ok ? 'ok' : (cache.problem ?? 'damaged')}`,
    ),
    ...(problem === null ? [] : [problem]),
  ];
  return lines.map(printable).join('\n');
}
