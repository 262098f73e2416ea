/** `quorum evaluate`: accuracy by named protocols; tables; two evaluations on the same pictures. */
import { type Command, Option } from 'commander';
import { AS_TRAINED } from '../../contract/api/evaluations.ts';
import { StudioError } from '../../contract/errors.ts';
import { Split } from '../../contract/dataset.ts';
import { DeviceChoice, Precision } from '../../contract/runSpec.ts';
import type { Studio } from '../../core/studio/createStudio.ts';
import type { EvaluationDetails, EvaluationRequest } from '../../core/studio/results/evaluations.ts';
import { tablesAsText } from '../../core/studio/results/evaluationTables.ts';

import { formatPercent, formatTable, formatWhen } from '../format.ts';
import { addInputOptions, inputOf, type InputOptions } from '../options/inputOptions.ts';
import { decimalNumber, wholeNumber } from '../options/optionValues.ts';
import { prepareEngine } from '../prepareEngine.ts';
import { renames } from '../options/renameOption.ts';
import type { TensorRename } from '../../contract/tensorRename.ts';
import { withStudio } from '../session.ts';
import { classTable, describe, describeComparison, describeTiming } from '../evaluationText.ts';

type TableFormat = 'md' | 'latex' | 'csv';
interface TableCliOptions {
  readonly table?: TableFormat;
  readonly figure?: 'error' | 'accuracy';
  readonly intervals?: boolean;
  readonly rank?: string;
  readonly withoutDuplicates?: boolean;
}

interface EvaluateOptions extends InputOptions, TableCliOptions {
  readonly run?: string;
  readonly checkpoint: string;
  readonly weights?: string;
  readonly entry?: string;
  readonly rename?: TensorRename[];
  readonly model?: string;
  readonly size?: number;
  readonly name?: string;
  readonly widthFactor?: number;
  readonly headWidth?: number;
  readonly poolGrid?: number;
  readonly depthFactor?: number;
  readonly smallInput?: boolean;
  readonly data: Split;
  readonly dataset?: string;
  readonly protocol?: string[];
  readonly cropSizes?: number[];
  readonly batch: number;
  readonly precision: Precision;
  readonly device: DeviceChoice;
  readonly limit?: number;
  readonly checkpoints?: number[];
  readonly plot?: string;
}

const addTableOptions = (command: Command): Command =>
  command
    .addOption(new Option('--table <format>', 'as a table to paste').choices(['md', 'latex', 'csv']))
    .addOption(new Option('--figure <kind>', 'what tables show').choices(['error', 'accuracy']).default('error'))
    .option('--intervals', 'tables with 95 % intervals')
    .option(
      '--rank <protocol>',
      "sort tables by this protocol; any: by each network's best figure, although protocols are not comparable",
    )
    .option(
      '--without-duplicates',
      'figures without pictures that are in the training split as well; searches for them where nobody did',
    );
const words = (text: string): string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');

export function addEvaluateCommand(program: Command): void {
  const evaluate = addTableOptions(
    addInputOptions(
      program
        .command('evaluate')
        .description('Accuracy of a run or of any weights on a split, by named protocols; see also its subcommands.')
        .option('--run <run>', 'run by id or name')
        .option('--checkpoint <which>', "best, last, or a checkpoint's number", 'best')
        .option('--checkpoints <epoch,…>', 'the checkpoints of these epochs, one after another', (text: string) =>
          words(text).map(wholeNumber),
        )
        .option('--weights <file>', 'imported weights by id or name, or with --model a file of any known format')
        .option('--entry <name>', 'entry of a training checkpoint, such as state_dict_ema')
        .option('--rename <from=to>', 'read a part of the names as another (several times)', renames)
        .option('--model <name>', 'network that the weights belong to')
        .option('--size <pixels>', "side that the weights were trained at; default: the network's own", wholeNumber)
        .option('--name <text>', 'what tables call these weights')
        .option('--width-factor <x>', 'as the weights were trained', decimalNumber)
        .option('--depth-factor <x>', 'as the weights were trained', decimalNumber)
        .option('--head-width <n>', 'as the weights were trained', wholeNumber)
        .option('--pool-grid <n>', 'as the weights were trained', wholeNumber)
        .option('--small-input', 'as the weights were trained')
        .addOption(new Option('--data <split>', 'split').choices(Split.options).default('val'))
        .option('--dataset <name>', "data set by id or name; default: the run's own")
        .option(
          '--protocol <name,…>',
          `protocols (quorum protocol list), or ${AS_TRAINED}; default for runs: ${AS_TRAINED}`,
          words,
        )
        .option('--crop-sizes <n,…>', 'each protocol with each of these crops', (text: string) =>
          words(text).map(wholeNumber),
        )
        .option('--plot <file>', 'accuracy against crop size as .svg or .png')
        .option('--batch <n>', 'views a run of the network', wholeNumber, 32)
        .addOption(new Option('--precision <kind>', 'number format').choices(Precision.options).default('f32'))
        .addOption(new Option('--device <kind>', 'what computes').choices(DeviceChoice.options).default('auto'))
        .option('--limit <n>', 'only so many pictures, taken evenly', wholeNumber),
    ),
  ).action((options: EvaluateOptions, command: Command) =>
    withStudio(command, async (session) => {
      const request = requestOf(options);
      await prepareEngine(session, options.device);
      const { studio } = session;
      const { evaluations, notes, timing } = options.checkpoints
        ? await studio.evaluations.series(request, options.checkpoints, session.work)
        : await studio.evaluations.create(request, session.work);
      const ids = evaluations.map(({ id }) => id);
      const [first] = evaluations;
      for (const note of notes) session.progress.say(note);
      if (options.withoutDuplicates && first && (await studio.evaluations.show(first.id)).withoutDuplicates === null)
        await studio.datasets.duplicates(first.datasetId, session.work);
      if (options.plot !== undefined) await studio.evaluations.cropSizePlot(ids, options.plot);
      if (options.table || options.checkpoints) {
        const table = await tableText(studio, options, { ids });
        session.print({ evaluations, table, notes, timing }, table);
        return;
      }
      const details = await Promise.all(ids.map((id) => studio.evaluations.show(id)));
      session.print(
        { evaluations: details.map(asJson), notes, timing },
        [...details.map(describe), describeTiming(timing)].join('\n\n'),
      );
    }),
  );
  addTableOptions(
    evaluate
      .command('list')
      .description('Evaluations, newest first; or as tables of networks and protocols.')
      .option('--of <dataset>', 'only of this data set'),
  ).action((options: { of?: string }, command: Command) =>
    withStudio(command, async (session) => {
      // The parent has options of the same names, which take what is typed behind the subcommand.
      const filter = options.of === undefined ? {} : { dataset: options.of };
      const tableOptions = { ...options, ...command.parent?.opts<TableCliOptions>() };
      const all = await session.studio.evaluations.list(filter);
      if (tableOptions.table) {
        const text = await tableText(session.studio, tableOptions, filter);
        session.print({ table: text }, text);
        return;
      }
      session.print(
        all,
        all.length === 0
          ? 'No evaluations yet.'
          : formatTable(
              ['evaluation', 'network', 'data', 'protocol', 'pictures', 'top-1', 'top-5', 'created'],
              all.map((one) => [
                one.id,
                one.network,
                `${one.datasetName}, ${one.split}`,
                one.protocol.name,
                String(one.count),
                formatPercent(one.top1),
                formatPercent(one.top5),
                formatWhen(one.createdAt),
              ]),
              ['pictures', 'top-1', 'top-5'],
            ),
      );
    }),
  );
  evaluate
    .command('show <evaluation>')
    .description('One evaluation with its classes.')
    .action((id: string, _options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const details = await session.studio.evaluations.show(id);
        session.print(asJson(details), `${describe(details)}\n\n${classTable(details)}`);
      }),
    );
  evaluate
    .command('remove <evaluation>')
    .description('Remove an evaluation and its probabilities.')
    .action((id: string, _options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const removed = await session.studio.evaluations.remove(id);
        session.print(removed, `Removed ${removed.id}.`);
      }),
    );
  evaluate
    .command('compare <first> <second>')
    .description('Two evaluations on the same pictures: exact McNemar test, interval of the difference, what flipped.')
    .option('--sheet <file>', 'the pictures that only one gets right, as PNG')
    .option('--count <n>', 'pictures on the sheet', wholeNumber, 48)
    .action((first: string, second: string, { sheet, count }: { sheet?: string; count: number }, command: Command) =>
      withStudio(command, async (session) => {
        const comparison = await session.studio.evaluations.compare(first, second);
        if (sheet !== undefined)
          session.progress.say(
            `${await session.studio.evaluations.flipSheet(comparison, sheet, count)} pictures in ${sheet}.`,
          );
        session.print(comparison, describeComparison(comparison));
      }),
    );
}

async function tableText(
  { evaluations }: Studio,
  { table = 'md', figure, intervals, rank, withoutDuplicates }: TableCliOptions,
  filter: Parameters<Studio['evaluations']['tables']>[1],
): Promise<string> {
  return tablesAsText(
    await evaluations.tables(
      {
        ...(figure && { figure }),
        ...(intervals && { intervals }),
        ...(rank !== undefined && { rank }),
        ...(withoutDuplicates && { withoutDuplicates }),
      },
      filter,
    ),
    table,
  );
}

function requestOf(options: EvaluateOptions): EvaluationRequest {
  const {
    run,
    weights,
    model,
    size,
    name,
    entry,
    rename,
    widthFactor,
    depthFactor,
    headWidth,
    poolGrid,
    smallInput,
    cropSizes,
    limit,
    labels,
    dataset,
  } = options;
  if ((run === undefined) === (weights === undefined))
    throw new StudioError('input.invalid', 'Give either --run or --weights.');
  if (weights !== undefined && (dataset === undefined || options.protocol === undefined))
    throw new StudioError('input.invalid', '--weights needs --dataset and --protocol, and for a file --model.', {
      remedy: 'See quorum models list, quorum dataset list, quorum protocol list.',
    });
  const input = inputOf(options);
  const checkpoint = /^\d+$/.test(options.checkpoint) ? Number(options.checkpoint) : options.checkpoint;
  if (checkpoint !== 'best' && checkpoint !== 'last' && typeof checkpoint !== 'number')
    throw new StudioError('input.invalid', `--checkpoint is best, last or a number, not "${checkpoint}".`);
  const shape = {
    ...(widthFactor !== undefined && { widthFactor }),
    ...(depthFactor !== undefined && { depthFactor }),
    ...(headWidth !== undefined && { headWidth }),
    ...(poolGrid !== undefined && { poolGrid }),
    ...(smallInput !== undefined && { smallInput }),
  };
  return {
    network:
      run !== undefined
        ? { kind: 'run', run, checkpoint }
        : {
            kind: 'weights',
            path: weights ?? '',
            options: shape,
            ...(model !== undefined && { model }),
            ...(size !== undefined && { size }),
            ...(name !== undefined && { name }),
            ...(entry !== undefined && { entry }),
            ...(rename && { renames: rename }),
          },
    split: options.data,
    protocols: options.protocol ?? [AS_TRAINED],
    batchSize: options.batch,
    precision: options.precision,
    device: options.device,
    ...(dataset !== undefined && { dataset }),
    ...(cropSizes && { cropSizes }),
    ...(input && { input }),
    ...(labels && { labels }),
    ...(limit !== undefined && { limit }),
  };
}

function asJson({ confusion, labelOrder, ...rest }: EvaluationDetails): object {
  const cells = [...confusion.counts].map(([cell, count]) => ({
    truth: Math.floor(cell / confusion.classes),
    decision: cell % confusion.classes,
    count,
  }));
  return { ...rest, confusion: cells, labelOrder: { ...labelOrder, mapping: [...labelOrder.mapping] } };
}
