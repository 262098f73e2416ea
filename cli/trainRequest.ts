/** From the options of `quorum train` to a run request. */
import { METRIC } from '../contract/metrics.ts';
import type { RunRequestInput } from '../contract/runSpec.ts';
import { StudioError } from '../contract/errors.ts';
import type { FineTuningRequest } from '../contract/fineTuning.ts';
import type { NetworkColor } from '../contract/preprocessing.ts';
import { publishedModel } from './options/publishedOptions.ts';
import { fineTuningSettings, type FineTuningOptions } from './options/fineTuningOptions.ts';
import { augmentationSettings, recipeSettings, type RecipeOptions } from './options/recipeOptions.ts';

const STOPPING_METRICS: Readonly<Record<string, string>> = { loss: METRIC.valLoss, accuracy: METRIC.valTop1 };

/** As commander parses them; the published options among them: train, val, batchsize, depth, conv1_1, early_stopping, imagesize. */
export interface TrainOptions extends RecipeOptions, FineTuningOptions {
  readonly model?: string;
  readonly dataset?: string;
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly batchsize?: number;
  readonly lr?: number;
  readonly preset?: string;
  readonly repeat?: number;
  readonly lrRangeTest?: boolean;
  readonly earlyStopping?: number;
  readonly earlyStoppingMetric?: 'loss' | 'accuracy';
  readonly minChange?: number;
  readonly early_stopping?: number;
  readonly precision?: 'f32' | 'bf16';
  readonly device?: 'auto' | 'cpu' | 'gpu' | 'wasm';
  readonly seed?: number;
  readonly size?: number;
  readonly imagesize?: number;
  readonly color?: NetworkColor;
  readonly colour?: NetworkColor;
  readonly widthFactor?: number;
  readonly headWidth?: number;
  readonly poolGrid?: number;
  readonly dropout?: number;
  readonly dropPath?: number;
  readonly depthFactor?: number;
  readonly smallInput?: boolean;
  readonly limitTrain?: number;
  readonly limitVal?: number;
  readonly name?: string;
  readonly train?: string;
  readonly val?: string;
  readonly depth?: string;
  readonly conv1_1?: boolean;
  readonly spec?: string;
  readonly queue?: boolean;
  readonly resume?: string;
}

/**
 * Options over `base` (a spec file, or nothing), without the data set; what neither says is left to the run request's defaults and checks.
 * @param from what `--init` was found to mean
 * @throws StudioError `input.invalid` for options that contradict each other
 */
export function trainRequest(
  options: TrainOptions,
  base: Readonly<Record<string, unknown>>,
  from?: FineTuningRequest['from'],
): Omit<RunRequestInput, 'dataset'> {
  const model = chosenModel(options);
  const patience = options.earlyStopping ?? options.early_stopping;
  const size = options.size ?? options.imagesize;
  const baseModel = asRecord(base['model']);
  const name = model ?? baseModel['name'] ?? 'vgg11';
  return defined({
    ...base,
    name: options.name ?? base['name'],
    model: {
      ...baseModel,
      name,
      options: defined(
        {
          ...asRecord(baseModel['options']),
          widthFactor: options.widthFactor,
          headWidth: options.headWidth,
          poolGrid: options.poolGrid,
          dropout: options.dropout,
          dropPath: options.dropPath,
          depthFactor: options.depthFactor,
          smallInput: options.smallInput,
        },
        asRecord(baseModel['options']),
      ),
    },
    epochs: options.epochs ?? base['epochs'],
    batchSize: options.batchSize ?? options.batchsize ?? base['batchSize'],
    lr: options.lr ?? base['lr'],
    ...recipeSettings(options, base),
    fineTuning: fineTuningSettings(options, base['fineTuning'], from),
    augmentation: defined(augmentationSettings(options), asRecord(base['augmentation'])),
    earlyStopping:
      patience === undefined
        ? base['earlyStopping']
        : patience === 0
          ? null
          : defined(
              { patience, metric: STOPPING_METRICS[options.earlyStoppingMetric ?? ''], minChange: options.minChange },
              asRecord(base['earlyStopping']),
            ),
    precision: options.precision ?? base['precision'],
    device: options.device ?? base['device'],
    seed: options.seed ?? base['seed'],
    preprocessing: defined(
      { ...asRecord(base['preprocessing']), size, color: options.color ?? options.colour },
      asRecord(base['preprocessing']),
    ),
    limit: defined(
      { ...asRecord(base['limit']), train: options.limitTrain, val: options.limitVal },
      asRecord(base['limit']),
    ),
  }) as unknown as Omit<RunRequestInput, 'dataset'>;
}

function chosenModel(options: TrainOptions): string | undefined {
  const published =
    options.depth !== undefined || options.conv1_1
      ? publishedModel(options.depth, options.conv1_1 ?? false)
      : undefined;
  if (published && options.model && published !== options.model) {
    throw new StudioError(
      'input.invalid',
      `--model ${options.model} and -d/-c11 (${published}) name different networks.`,
      { remedy: 'Give one of them.' },
    );
  }
  return options.model ?? published;
}

/** Without the keys whose value is undefined, so that they do not hide what `under` or a default says. */
function defined(
  values: Record<string, unknown>,
  under: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return { ...under, ...Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) };
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
