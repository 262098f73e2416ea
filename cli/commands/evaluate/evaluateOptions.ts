/** What `quorum evaluate` is told: which network, on which images, by which protocols. */
import { type Command, Option } from 'commander';
import { AS_TRAINED } from '../../../contract/protocol.ts';
import { Split } from '../../../contract/dataset.ts';
import { StudioError } from '../../../contract/errors.ts';
import type { DeviceChoice } from '../../../contract/deviceChoice.ts';
import { Precision } from '../../../contract/runSpec.ts';
import type { TensorRename } from '../../../contract/weights/tensorRename.ts';
import type { EvaluationRequest } from '../../../core/studio/results/evaluationRequest.ts';
import { addClassOptions, type ClassOptions, readingOf } from '../../options/classOptions.ts';
import { inputOf, type InputOptions } from '../../options/inputOptions.ts';
import { decimalNumber, wholeNumber } from '../../options/optionValues.ts';
import { renames } from '../../options/renameOption.ts';
import type { TableChoices } from './tables.ts';
import { deviceOption } from '../../options/deviceOption.ts';

export interface EvaluateOptions extends InputOptions, ClassOptions, TableChoices {
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

const words = (text: string): string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');

export function addNetworkOptions(command: Command): Command {
  return command
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
    .option('--small-input', 'as the weights were trained');
}

export function addProtocolOptions(command: Command): Command {
  return addClassOptions(command)
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
    .option('--batch <n>', 'views per run of the network', wholeNumber, 32)
    .addOption(new Option('--precision <kind>', 'number format').choices(Precision.options).default('f32'))
    .addOption(deviceOption('what computes').default('auto'))
    .option('--limit <n>', 'sample size: so many images, evenly spaced over the split', wholeNumber);
}

/** @throws {StudioError} `input.invalid`: for what does not go together; as `readingOf` */
export async function requestOf(options: EvaluateOptions): Promise<EvaluationRequest> {
  const { cropSizes, limit, labels, dataset, data } = options;
  requireOneNetwork(options);
  const input = inputOf(options);
  return {
    network: networkOf(options),
    images: { kind: 'split', split: data, ...(dataset !== undefined && { dataset }) },
    protocols: options.protocol ?? [AS_TRAINED],
    batchSize: options.batch,
    precision: options.precision,
    device: options.device,
    ...(cropSizes && { cropSizes }),
    ...(input && { input }),
    ...(labels && { labels }),
    ...(await readingOf(options)),
    ...(limit !== undefined && { limit }),
  };
}

function requireOneNetwork({ run, weights, dataset, protocol }: EvaluateOptions): void {
  if ((run === undefined) === (weights === undefined))
    throw new StudioError('input.invalid', 'Give either --run or --weights.');
  if (weights !== undefined && (dataset === undefined || protocol === undefined))
    throw new StudioError('input.invalid', '--weights needs --dataset and --protocol, and for a file --model.', {
      remedy: 'See quorum models list, quorum dataset list, quorum protocol list.',
    });
}

function networkOf(options: EvaluateOptions): EvaluationRequest['network'] {
  const { run, weights, model, size, name, entry, rename } = options;
  const checkpoint = checkpointOf(options.checkpoint);
  if (run !== undefined) return { kind: 'run', run, checkpoint };
  return {
    kind: 'weights',
    path: weights ?? '',
    options: shapeOf(options),
    ...(model !== undefined && { model }),
    ...(size !== undefined && { size }),
    ...(name !== undefined && { name }),
    ...(entry !== undefined && { entry }),
    ...(rename && { renames: rename }),
  };
}

function checkpointOf(text: string): 'best' | 'last' | number {
  const checkpoint = /^\d+$/.test(text) ? Number(text) : text;
  if (checkpoint !== 'best' && checkpoint !== 'last' && typeof checkpoint !== 'number')
    throw new StudioError('input.invalid', `--checkpoint is best, last or a number, not "${checkpoint}".`);
  return checkpoint;
}

function shapeOf({ widthFactor, depthFactor, headWidth, poolGrid, smallInput }: EvaluateOptions) {
  return {
    ...(widthFactor !== undefined && { widthFactor }),
    ...(depthFactor !== undefined && { depthFactor }),
    ...(headWidth !== undefined && { headWidth }),
    ...(poolGrid !== undefined && { poolGrid }),
    ...(smallInput !== undefined && { smallInput }),
  };
}
