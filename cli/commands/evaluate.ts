/** `quorum evaluate`: accuracy by named protocols; tables; two evaluations on the same pictures. */
import { type Command, Option } from 'commander';
import { StudioError } from '../../contract/errors.ts';
import { Split } from '../../contract/dataset.ts';
import { viewCount } from '../../contract/protocol.ts';
import { DeviceChoice, Precision } from '../../contract/runSpec.ts';
import { AS_TRAINED, type EvaluationDetails, type EvaluationRequest } from '../../core/studio/evaluations.ts';
import type { EvaluationComparison } from '../../core/studio/compareEvaluations.ts';
import { formatPercent, formatTable, formatWhen, printable } from '../format.ts';
import { addInputOptions, inputOf, type InputOptions } from '../inputOptions.ts';
import { decimalNumber, wholeNumber } from '../optionValues.ts';
import { prepareEngine } from '../prepareEngine.ts';
import { withStudio } from '../session.ts';

type TableFormat = 'md' | 'latex' | 'csv';

interface EvaluateOptions extends InputOptions {
  readonly run?: string; readonly checkpoint: string; readonly weights?: string; readonly entry?: string; readonly model?: string; readonly size?: number; readonly name?: string;
  readonly widthFactor?: number; readonly headWidth?: number; readonly poolGrid?: number; readonly depthFactor?: number; readonly smallInput?: boolean;
  readonly data: Split; readonly dataset?: string; readonly protocol?: string[]; readonly cropSizes?: number[]; readonly batch: number; readonly precision: Precision; readonly device: DeviceChoice; readonly limit?: number; readonly table?: TableFormat;
}

const tableOption = (): Option => new Option('--table <format>', 'as a table to paste').choices(['md', 'latex', 'csv']);
const words = (text: string): string[] => text.split(',').map((word) => word.trim()).filter((word) => word !== '');

export function addEvaluateCommand(program: Command): void {
  const evaluate = addInputOptions(program.command('evaluate').description('Accuracy of a run or of any weights on a split, by named protocols; see also its subcommands.')
    .option('--run <run>', 'run by id or name')
    .option('--checkpoint <which>', 'best, last, or a checkpoint\'s number', 'best')
    .option('--weights <file>', 'imported weights by id or name, or with --model a file of any known format')
    .option('--entry <name>', 'entry of a training checkpoint, such as state_dict_ema')
    .option('--model <name>', 'network that the weights belong to')
    .option('--size <pixels>', 'side that the weights were trained at; default: the network\'s own', wholeNumber)
    .option('--name <text>', 'what tables call these weights')
    .option('--width-factor <x>', 'as the weights were trained', decimalNumber)
    .option('--depth-factor <x>', 'as the weights were trained', decimalNumber)
    .option('--head-width <n>', 'as the weights were trained', wholeNumber)
    .option('--pool-grid <n>', 'as the weights were trained', wholeNumber)
    .option('--small-input', 'as the weights were trained')
    .addOption(new Option('--data <split>', 'split').choices(Split.options).default('val'))
    .option('--dataset <name>', 'data set by id or name; default: the run\'s own')
    .option('--protocol <name,…>', `protocols (quorum evaluate protocols), or ${AS_TRAINED}; default for runs: ${AS_TRAINED}`, words)
    .option('--crop-sizes <n,…>', 'each protocol with each of these crops', (text: string) => words(text).map(wholeNumber))
    .option('--batch <n>', 'views a run of the network', wholeNumber, 32)
    .addOption(new Option('--precision <kind>', 'number format').choices(Precision.options).default('f32'))
    .addOption(new Option('--device <kind>', 'what computes').choices(DeviceChoice.options).default('auto'))
    .option('--limit <n>', 'only so many pictures, taken evenly', wholeNumber)
    .addOption(tableOption()))
    .action((options: EvaluateOptions, command: Command) => withStudio(command, async (session) => {
      const request = requestOf(options);
      await prepareEngine(session, options.device);
      const { evaluations, notes } = await session.studio.evaluations.create(request, session.work);
      for (const note of notes) session.progress.say(note);
      if (options.table) {
        const table = await session.studio.evaluations.table(options.table, { ids: evaluations.map(({ id }) => id) });
        session.print({ evaluations, table }, table);
        return;
      }
      const details = await Promise.all(evaluations.map(({ id }) => session.studio.evaluations.show(id)));
      session.print({ evaluations: details.map(asJson) }, details.map(describe).join('\n\n'));
    }));
  evaluate.command('protocols').description('Every protocol by name.').action((_options: unknown, command: Command) => withStudio(command, async (session) => {
    const protocols = session.studio.evaluations.protocols();
    session.print(protocols, formatTable(['name', 'views', 'what it does'], protocols.map((protocol) => [protocol.name, String(viewCount(protocol)), protocol.title]), ['views']));
  }));
  evaluate.command('list').description('Evaluations, newest first; or as tables of networks and protocols.').option('--of <dataset>', 'only of this data set').addOption(tableOption())
    .action((options: { of?: string }, command: Command) => withStudio(command, async (session) => {
      const filter = options.of === undefined ? {} : { dataset: options.of }, { table } = command.optsWithGlobals<{ table?: TableFormat }>();
      const all = await session.studio.evaluations.list(filter);
      if (table) { const text = await session.studio.evaluations.table(table, filter); session.print({ table: text }, text); return; }
      session.print(all, all.length === 0 ? 'No evaluations yet.' : formatTable(
        ['evaluation', 'network', 'data', 'protocol', 'pictures', 'top-1', 'top-5', 'created'],
        all.map((one) => [one.id, one.network, `${one.datasetName}, ${one.split}`, one.protocol.name, String(one.count), formatPercent(one.top1), formatPercent(one.top5), formatWhen(one.createdAt)]), ['pictures', 'top-1', 'top-5'],
      ));
    }));
  evaluate.command('show <evaluation>').description('One evaluation with its classes.').action((id: string, _options: unknown, command: Command) => withStudio(command, async (session) => {
    const details = await session.studio.evaluations.show(id);
    session.print(asJson(details), `${describe(details)}\n\n${classTable(details)}`);
  }));
  evaluate.command('remove <evaluation>').description('Remove an evaluation and its probabilities.').action((id: string, _options: unknown, command: Command) => withStudio(command, async (session) => {
    const removed = await session.studio.evaluations.remove(id);
    session.print(removed, `Removed ${removed.id}.`);
  }));
  evaluate.command('compare <first> <second>').description('Two evaluations on the same pictures: exact McNemar test, interval of the difference, what flipped.')
    .action((first: string, second: string, _options: unknown, command: Command) => withStudio(command, async (session) => {
      const comparison = await session.studio.evaluations.compare(first, second);
      session.print(comparison, describeComparison(comparison));
    }));
}

function requestOf(options: EvaluateOptions): EvaluationRequest {
  const { run, weights, model, size, name, entry, widthFactor, depthFactor, headWidth, poolGrid, smallInput, cropSizes, limit, labels, dataset } = options;
  if ((run === undefined) === (weights === undefined)) throw new StudioError('input.invalid', 'Give either --run or --weights.');
  if (weights !== undefined && (dataset === undefined || options.protocol === undefined)) throw new StudioError('input.invalid', '--weights needs --dataset and --protocol, and for a file --model.', { remedy: 'See quorum models list, quorum dataset list, quorum evaluate protocols.' });
  const input = inputOf(options), checkpoint = /^\d+$/.test(options.checkpoint) ? Number(options.checkpoint) : options.checkpoint;
  if (checkpoint !== 'best' && checkpoint !== 'last' && typeof checkpoint !== 'number') throw new StudioError('input.invalid', `--checkpoint is best, last or a number, not "${checkpoint}".`);
  const shape = {
    ...(widthFactor !== undefined && { widthFactor }), ...(depthFactor !== undefined && { depthFactor }), ...(headWidth !== undefined && { headWidth }), ...(poolGrid !== undefined && { poolGrid }), ...(smallInput !== undefined && { smallInput }),
  };
  return {
    network: run !== undefined ? { kind: 'run', run, checkpoint } : { kind: 'weights', path: weights ?? '', options: shape, ...(model !== undefined && { model }), ...(size !== undefined && { size }), ...(name !== undefined && { name }), ...(entry !== undefined && { entry }) },
    split: options.data, protocols: options.protocol ?? [AS_TRAINED], batchSize: options.batch, precision: options.precision, device: options.device,
    ...(dataset !== undefined && { dataset }), ...(cropSizes && { cropSizes }), ...(input && { input }), ...(labels && { labels }), ...(limit !== undefined && { limit }),
  };
}

function asJson({ confusion, labelOrder, ...rest }: EvaluationDetails): object {
  const cells = [...confusion.counts].map(([cell, count]) => ({ truth: Math.floor(cell / confusion.classes), decision: cell % confusion.classes, count }));
  return { ...rest, confusion: cells, labelOrder: { ...labelOrder, mapping: [...labelOrder.mapping] } };
}

function describe({ id, network, datasetName, split, protocol, metrics, imagesPerSec, device, labelOrder }: EvaluationDetails): string {
  const { input } = protocol, share = ({ accuracy, interval }: EvaluationDetails['metrics']['top1']): string => (accuracy === null ? '–' : `${formatPercent(accuracy)} (95 %: ${formatPercent(interval?.low)} to ${formatPercent(interval?.high)}), error ${formatPercent(1 - accuracy)}`);
  return [
    `${id}  ${network} on ${datasetName}, ${split}: ${metrics.images} pictures, ${metrics.labelled} with labels`,
    `protocol  ${protocol.name}: ${protocol.title}`,
    `input     ${input.color}, (value / ${input.scale} − ${input.mean.join(', ')}) / ${input.std.map((value) => Number(value.toFixed(4))).join(', ')}; class order: ${protocol.labels}`,
    `top-1     ${share(metrics.top1)}`, `top-5     ${share(metrics.top5)}`, `loss      ${metrics.logLoss?.toFixed(4) ?? '–'}`,
    `computed  ${imagesPerSec.toFixed(1)} pictures/s on ${device.name}`,
    ...(labelOrder.suspected ? [`classes   The decisions look as if the weights numbered their classes in another order: remapped, ${formatPercent(labelOrder.agreement)} of ${labelOrder.checked} pictures would be right in place of ${formatPercent(labelOrder.accuracy)}. Nothing was remapped; see --labels.`] : []),
  ].map(printable).join('\n');
}

function classTable({ perClass, classNames }: EvaluationDetails): string {
  return formatTable(['class', 'pictures', 'right', 'recall', 'precision'], perClass.map((one) => [classNames[one.class] ?? '', String(one.support), String(one.correct), formatPercent(one.recall), formatPercent(one.precision)]), ['pictures', 'right', 'recall', 'precision']);
}

const SHOWN_FLIPS = 20;

function describeComparison({ first, second, sameProtocol, labelled, both, onlyFirst, onlySecond, neither, difference, pValue, interval, flips }: EvaluationComparison): string {
  const points = (share: number | null | undefined): string => (share === null || share === undefined ? '–' : `${(100 * share).toFixed(2)} points`);
  return [
    `${first.id} (${first.network}, ${first.protocol.name}) against ${second.id} (${second.network}, ${second.protocol.name}) on the same ${labelled} pictures`,
    ...(sameProtocol ? [] : ['The protocols differ: the difference is that of network and protocol together.']),
    `both right ${both}, only the first ${onlyFirst}, only the second ${onlySecond}, neither ${neither}`,
    `difference ${points(difference)} (95 %: ${points(interval?.low)} to ${points(interval?.high)}); McNemar's exact test: p = ${pValue.toPrecision(3)}`,
    ...flips.slice(0, SHOWN_FLIPS).map(({ path, label, first: one, second: two }) => `  ${path}: ${label}; first says ${one}, second ${two}`),
    ...(flips.length > SHOWN_FLIPS ? [`  and ${flips.length - SHOWN_FLIPS} more (--json has all)`] : []),
  ].map(printable).join('\n');
}
