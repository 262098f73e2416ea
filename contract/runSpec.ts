/** Everything that decides a run, resolved and frozen before it starts. */
import { z } from 'zod';
import { DeviceChoice } from './deviceChoice.ts';
import { FineTuning, FineTuningRequest } from './fineTuning.ts';
import { Preprocessing, PreprocessingRequest } from './inputSpec.ts';
import { Optimizer } from './optimizers.ts';
import { Augmentation, EarlyStopping, RECIPE_FIELDS, Schedule } from './recipe.ts';
import { PlaceName } from './place.ts';
import { numberIn, numberOf } from './setting.ts';
import { SETTINGS } from './settings.ts';

export const ModelOptions = z.object({
  /** Cells per side of the adaptive pooling before the head; the feature map's own size up to 7 when left out. */
  poolGrid: numberIn(SETTINGS.poolGrid.range).optional(),
  /**
   * What a cell of that grid holds: the largest value as in the published network, or the mean as in torchvision's.
   * `averageUpTo`: the mean as timm has it, which larger maps are not brought to: it moves the head over them.
   */
  gridPooling: z.enum(['max', 'average', 'averageUpTo']).optional(),
  /** Width of the two hidden dense layers (VGG: 4096); 0: none, the classifier follows the pooling. */
  headWidth: numberIn(SETTINGS.headWidth.range).optional(),
  dropout: numberIn(SETTINGS.dropout.range).optional(),
  /**
   * Stochastic depth: probability that a picture skips the last block's branch in training; the others' rise evenly
   * from 0 at the first block.
   */
  dropPath: numberIn(SETTINGS.dropPath.range).optional(),
  /** Multiplies every convolution's filters; below 1 makes a small network for tests and demos. */
  widthFactor: numberIn(SETTINGS.widthFactor.range).optional(),
  /** Multiplies the blocks of every stage (at least one stays); for networks made of stages of repeated blocks. */
  depthFactor: numberIn(SETTINGS.depthFactor.range).optional(),
  /** Stem without early down-sampling (3×3 stride 1, no max pooling), for pictures of 32 and 64 pixels. */
  smallInput: z.boolean().optional(),
});
export type ModelOptions = z.infer<typeof ModelOptions>;

export const ModelSpec = z.object({ name: z.string(), options: ModelOptions.prefault({}) });
export type ModelSpec = z.infer<typeof ModelSpec>;

export const Precision = z.enum(['f32', 'bf16']);
export type Precision = z.infer<typeof Precision>;

/** What a user may leave out; `resolveSpec` fills the rest from the data set's card and the model's. */
export const RunRequest = z.object({
  name: z.string().max(200).optional(),
  model: ModelSpec,
  dataset: z.string(),
  batchSize: numberOf(SETTINGS.batchSize),
  epochs: numberOf(SETTINGS.epochs),
  lr: numberOf(SETTINGS.lr),
  optimizer: Optimizer.prefault({ kind: 'adam' }),
  schedule: Schedule.prefault({ kind: 'constant' }),
  augmentation: Augmentation.prefault({}),
  earlyStopping: EarlyStopping.nullable().default(null),
  ...RECIPE_FIELDS,
  /** Null: all layers start from the seed and train alike. */
  fineTuning: FineTuningRequest.nullable().default(null),
  /** Runs that belong together: the same settings under several seeds, or the cells of a grid. */
  group: z.string().max(200).optional(),
  precision: Precision.default('f32'),
  device: DeviceChoice.default('auto'),
  /** Another place than this machine, by its name in the settings; `device` is one there. */
  place: PlaceName.optional(),
  /** Computes with half of the cores, and leaves the others to other programs. */
  shareProcessor: z.boolean().default(false),
  seed: numberOf(SETTINGS.seed),
  preprocessing: PreprocessingRequest.prefault({}),
  /** Examples of each split to use, for quick trials; all when left out. */
  limit: z
    .object({
      train: numberIn(SETTINGS.limitTrain.range).optional(),
      val: numberIn(SETTINGS.limitVal.range).optional(),
    })
    .prefault({}),
});
export type RunRequest = z.infer<typeof RunRequest>;
export type RunRequestInput = z.input<typeof RunRequest>;

export const RunSpec = RunRequest.extend({
  name: z.string(),
  preprocessing: Preprocessing,
  fineTuning: FineTuning.nullable().default(null),
  classNames: z.array(z.string()),
  classIds: z.array(z.string()),
  datasetFingerprint: z.string(),
  /** With the pictures left out and relabelled when the run was made; runs from before it was kept have none. */
  dataFingerprint: z.string().optional(),
  /** What was other settings until a resume changed them: up to which step, and what they were. */
  resumedWith: z
    .array(z.object({ step: z.int(), epoch: z.number(), before: z.record(z.string(), z.unknown()) }))
    .optional(),
  /** The checkpoint of another run that it began with. */
  branchedFrom: z
    .object({ run: z.string(), name: z.string(), seq: z.int(), step: z.int(), epoch: z.number() })
    .optional(),
});
export type RunSpec = z.infer<typeof RunSpec>;
