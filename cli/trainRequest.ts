/** From the options of `quorum train` to a run request. */
import { StudioError } from '../contract/errors.ts';
import type { FineTuningRequest } from '../contract/fineTuning.ts';
import type { RunRequestInput } from '../contract/runSpec.ts';
import { isSettingTree, type SettingTree } from '../pure/settingPath.ts';
import { fineTuningSettings, type FineTuningOptions } from './options/fineTuningOptions.ts';
import { publishedModel } from './options/publishedOptions.ts';
import { type SettingOptions, settingsOf } from './options/settingOptions.ts';

/**
 * As commander parses them; the published options among them: train, val, batchsize, depth, conv1_1, early_stopping,
 * imagesize.
 */
export interface TrainOptions extends SettingOptions, FineTuningOptions {
  readonly model?: string;
  readonly dataset?: string;
  readonly batchsize?: number;
  readonly early_stopping?: number;
  readonly imagesize?: number;
  readonly colour?: string;
  readonly preset?: string;
  readonly repeat?: number;
  readonly lrRangeTest?: boolean;
  readonly name?: string;
  readonly place?: string;
  readonly train?: string;
  readonly val?: string;
  readonly depth?: string;
  readonly conv1_1?: boolean;
  readonly spec?: string;
  readonly queue?: boolean;
  readonly resume?: string;
  readonly branch?: string;
}

/** Options that say what another one says. */
const SAME_AS = {
  batchsize: 'batchSize',
  early_stopping: 'earlyStopping',
  imagesize: 'size',
  colour: 'color',
} as const;

/**
 * Options over `base` (a spec file, or nothing), without the data set; what neither says is left to the run request's
 * defaults and checks.
 * @param from what `--init` was found to mean
 * @throws {StudioError} input.invalid: for options that contradict each other
 */
export function trainRequest(
  options: TrainOptions,
  base: SettingTree,
  from?: FineTuningRequest['from'],
): Omit<RunRequestInput, 'dataset'> {
  const network = chosenModel(options);
  const model = isSettingTree(base['model']) ? base['model'] : {};
  const start = { ...base, model: { options: {}, ...model, name: network ?? model['name'] ?? 'vgg11' } };
  const settings = settingsOf(withoutSynonyms(options), start);
  const fineTuning = fineTuningSettings(options, base['fineTuning'], from);
  return {
    ...settings,
    ...(options.name !== undefined && { name: options.name }),
    ...(options.place !== undefined && { place: options.place }),
    ...(fineTuning !== undefined && { fineTuning }),
  } as unknown as Omit<RunRequestInput, 'dataset'>;
}

/** The published spellings as our own. @throws {StudioError} input.invalid: where both are given and differ */
export function withoutSynonyms(options: TrainOptions): TrainOptions {
  const made: Record<string, unknown> = { ...options };
  for (const [synonym, option] of Object.entries(SAME_AS)) {
    const value = made[synonym];
    if (value === undefined) continue;
    if (made[option] !== undefined && made[option] !== value)
      throw new StudioError('input.invalid', `--${synonym} and --${option} name different values.`, {
        remedy: 'Give one of them.',
      });
    made[option] = value;
    delete made[synonym];
  }
  return made;
}

function chosenModel({ model, depth, conv1_1 = false }: TrainOptions): string | undefined {
  const published = depth !== undefined || conv1_1 ? publishedModel(depth, conv1_1) : undefined;
  if (published && model && published !== model)
    throw new StudioError('input.invalid', `--model ${model} and -d/-c11 (${published}) name different networks.`, {
      remedy: 'Give one of them.',
    });
  return model ?? published;
}
