/** `quorum dataset`: import, list, show, check, remove. */
import { type Command, Option } from 'commander';
import { type DatasetCard, type DatasetCheck, LayoutName } from '../../contract/dataset.ts';
import { formatBytes, formatTable, formatWhen, printable } from '../format.ts';
import { decimalNumber, wholeNumber } from '../optionValues.ts';
import { withStudio } from '../session.ts';

interface ImportCommandOptions { readonly name?: string; readonly layout: string; readonly valFraction?: number; readonly testFraction?: number; readonly splitSeed?: number }

export function addDatasetCommand(program: Command): void {
  const dataset = program.command('dataset').description('Data sets: import, list, show, check, remove.');
  dataset.command('import <path>')
    .description('Import a folder of pictures; its layout is found by itself.')
    .option('--name <text>', 'default: the folder\'s name')
    .addOption(new Option('--layout <name>', 'layout of the folder').choices(['auto', ...LayoutName.options]).default('auto'))
    .option('--val-fraction <share>', 'share held back for validation where the layout has none; default 0.2', decimalNumber)
    .option('--test-fraction <share>', 'share held back for testing; default 0', decimalNumber)
    .option('--split-seed <n>', 'decides which pictures are held back; default 0', wholeNumber)
    .action((path: string, options: ImportCommandOptions, command: Command) => withStudio(command, async (session) => {
      const { name, layout, valFraction, testFraction, splitSeed } = options;
      const fractions = { ...(valFraction !== undefined && { val: valFraction }), ...(testFraction !== undefined && { test: testFraction }), ...(splitSeed !== undefined && { seed: splitSeed }) };
      const card = await session.studio.datasets.import({ path, layout, fractions, ...(name !== undefined && { name }) }, session.work);
      session.print(card, describeCard(card));
    }));
  dataset.command('list').description('All data sets, newest first.').action((_options: unknown, command: Command) => withStudio(command, async (session) => {
    const { datasets, damaged } = await session.studio.datasets.list();
    const rows = datasets.map((card) => [card.id, card.name, card.layout, String(card.classNames.length), ...(['train', 'val', 'test'] as const).map((split) => String(card.splits[split]?.count ?? '–')), String(card.quarantined), formatWhen(card.createdAt)]);
    const table = rows.length > 0 ? formatTable(['id', 'name', 'layout', 'classes', 'train', 'val', 'test', 'unusable', 'imported'], rows, ['classes', 'train', 'val', 'test', 'unusable']) : 'No data sets yet. Import one: quorum dataset import FOLDER';
    session.print({ datasets, damaged }, [table, ...damaged.map(({ id, name, problem }) => printable(`${id} (${name}) needs repair: ${problem}`))].join('\n'));
  }));
  dataset.command('show <dataset>').description('One data set.').action((text: string, _options: unknown, command: Command) => withStudio(command, async (session) => {
    const card = await session.studio.datasets.show(text);
    session.print(card, describeCard(card));
  }));
  dataset.command('check <dataset>').description('Compare a data set with the files it was imported from.').action((text: string, _options: unknown, command: Command) => withStudio(command, async (session) => {
    const report = await session.studio.datasets.check(text, session.work);
    session.print(report, describeCheck(report));
    if (!report.ok) process.exitCode = 1;
  }));
  dataset.command('remove <dataset>').description('Remove Quorum\'s copy; your pictures stay.')
    .option('--force', 'also when runs were trained on it')
    .action((text: string, options: { force?: boolean }, command: Command) => withStudio(command, async (session) => {
      const removed = await session.studio.datasets.remove(text, options);
      session.print(removed, `Removed ${removed.id} ("${printable(removed.name)}"). Your pictures were not touched.`);
    }));
}

function describeCard(card: DatasetCard): string {
  const splits = (['train', 'val', 'test'] as const).flatMap((split) => {
    const found = card.splits[split];
    return found ? [`${found.count} ${split}${found.labelled ? '' : ' (no labels)'}`] : [];
  });
  const { nativeSize, sizes } = card;
  const most = 8;
  const lines = [
    `${card.id}  "${card.name}"  ${card.layout}  ${card.root}`,
    `${card.classNames.length} classes: ${card.classNames.slice(0, most).join(', ')}${card.classNames.length > most ? ', …' : ''}`,
    `${splits.join(', ')}; ${card.quarantined} unusable`,
    card.splitRule,
    `${nativeSize ? `${nativeSize.width}×${nativeSize.height}` : `${sizes.minWidth}–${sizes.maxWidth}×${sizes.minHeight}–${sizes.maxHeight}`} pixels, ${card.grayOnly ? 'gray' : 'colour'}; mean ${card.channelMean.map((value) => value.toFixed(4)).join(' ')}, sd ${card.channelStd.map((value) => value.toFixed(4)).join(' ')}`,
    ...card.notes,
  ];
  return lines.map(printable).join('\n');
}

function describeCheck(report: DatasetCheck): string {
  const { compared, changed, missing, added, examples, caches, problem } = report;
  const lines = [
    `${report.ok ? 'ok' : 'NOT OK'}: ${compared} files compared, ${changed} changed, ${missing} missing, ${added} added`,
    ...examples.map(({ path, state }) => `  ${state}: ${path}`),
    ...caches.map((cache) => `${cache.file}: ${formatBytes(cache.sizeBytes)}, ${cache.ok ? 'ok' : cache.problem ?? 'damaged'}`),
    ...(problem === null ? [] : [problem]),
  ];
  return lines.map(printable).join('\n');
}
