/** From the options of `quorum train` to a run request. */
import type { RunRequestInput } from '../contract/runSpec.ts';
import { StudioError } from '../contract/errors.ts';
import { publishedModel } from './publishedOptions.ts';

/** As commander parses them; the published options among them: train, val, batchsize, depth, conv1_1, early_stopping, imagesize. */
export interface TrainOptions {
  readonly model?: string;
  readonly dataset?: string;
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly batchsize?: number;
  readonly lr?: number;
  readonly optimizer?: 'adam' | 'sgd';
  readonly momentum?: number;
  readonly schedule?: 'constant' | 'step' | 'cosine';
  readonly stepEpochs?: number;
  readonly gamma?: number;
  readonly flip?: boolean;
  readonly cropPadding?: number;
  readonly earlyStopping?: number;
  readonly early_stopping?: number;
  readonly precision?: 'f32' | 'bf16';
  readonly device?: 'auto' | 'cpu' | 'gpu' | 'wasm';
  readonly seed?: number;
  readonly size?: number;
  readonly imagesize?: number;
  readonly color?: 'rgb' | 'gray';
  readonly widthFactor?: number;
  readonly headWidth?: number;
  readonly poolGrid?: number;
  readonly dropout?: number;
  readonly limitTrain?: number;
  readonly limitVal?: number;
  readonly name?: string;
  readonly train?: string;
  readonly val?: string;
  readonly depth?: string;
  readonly conv1_1?: boolean;
  readonly spec?: string;
  readonly resume?: string;
}

/**
 * Options over `base` (a spec file, or nothing), without the data set; what neither says is left to the run request's defaults and checks.
 * @throws StudioError `input.invalid` for options that contradict each other
 */
export function trainRequest(options: TrainOptions, base: Readonly<Record<string, unknown>>): Omit<RunRequestInput, 'dataset'> {
  const model = chosenModel(options);
  const patience = options.earlyStopping ?? options.early_stopping;
  const size = options.size ?? options.imagesize;
  const baseModel = asRecord(base['model']);
  const name = model ?? baseModel['name'] ?? 'vgg11';
  return defined({
    ...base,
    name: options.name ?? base['name'],
    model: {
      ...baseModel, name,
      options: defined({ ...asRecord(baseModel['options']), widthFactor: options.widthFactor, headWidth: options.headWidth, poolGrid: options.poolGrid, dropout: options.dropout }, asRecord(baseModel['options'])),
    },
    epochs: options.epochs ?? base['epochs'],
    batchSize: options.batchSize ?? options.batchsize ?? base['batchSize'],
    lr: options.lr ?? base['lr'],
    optimizer: chosenOptimizer(options) ?? base['optimizer'],
    schedule: chosenSchedule(options) ?? base['schedule'],
    augmentation: defined({ ...asRecord(base['augmentation']), flip: options.flip, cropPadding: options.cropPadding }, asRecord(base['augmentation'])),
    earlyStopping: patience === undefined ? base['earlyStopping'] : { ...asRecord(base['earlyStopping']), patience },
    precision: options.precision ?? base['precision'],
    device: options.device ?? base['device'],
    seed: options.seed ?? base['seed'],
    preprocessing: defined({ ...asRecord(base['preprocessing']), size, color: options.color }, asRecord(base['preprocessing'])),
    limit: defined({ ...asRecord(base['limit']), train: options.limitTrain, val: options.limitVal }, asRecord(base['limit'])),
  }) as unknown as Omit<RunRequestInput, 'dataset'>;
}

function chosenModel(options: TrainOptions): string | undefined {
  const published = options.depth !== undefined || options.conv1_1 ? publishedModel(options.depth, options.conv1_1 ?? false) : undefined;
  if (published && options.model && published !== options.model) {
    throw new StudioError('input.invalid', `--model ${options.model} and -d/-c11 (${published}) name different networks.`, { remedy: 'Give one of them.' });
  }
  return options.model ?? published;
}

function chosenOptimizer({ optimizer, momentum }: TrainOptions): RunRequestInput['optimizer'] {
  if (momentum !== undefined && optimizer !== 'sgd') throw new StudioError('input.invalid', '--momentum belongs to --optimizer sgd; Adam has none to set.', { remedy: 'Add --optimizer sgd, or leave --momentum out.' });
  if (optimizer === 'sgd') return { kind: 'sgd', ...(momentum !== undefined && { momentum }) };
  return optimizer && { kind: optimizer };
}

function chosenSchedule({ schedule, stepEpochs, gamma }: TrainOptions): RunRequestInput['schedule'] {
  if (schedule !== 'step' && (stepEpochs !== undefined || gamma !== undefined)) throw new StudioError('input.invalid', '--step-epochs and --gamma belong to --schedule step.', { remedy: 'Add --schedule step, or leave them out.' });
  if (schedule === 'step') return { kind: 'step', everyEpochs: stepEpochs ?? 30, ...(gamma !== undefined && { gamma }) };
  return schedule && { kind: schedule };
}

/** Without the keys whose value is undefined, so that they do not hide what `under` or a default says. */
function defined(values: Record<string, unknown>, under: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { ...under, ...Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) };
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
