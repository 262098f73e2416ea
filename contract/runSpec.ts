/** Everything that decides a run, resolved and frozen before it starts. */
import { z } from 'zod';
import { FineTuning, FineTuningRequest } from './fineTuning.ts';
import { Preprocessing, PreprocessingRequest } from './preprocessing.ts';
import { Augmentation, EarlyStopping, Optimizer, RECIPE_FIELDS, Schedule } from './recipe.ts';

export { Augmentation, EarlyStopping, Optimizer, Schedule };

export const ModelOptions = z.object({
  /** Cells per side of the adaptive pooling before the head; the feature map's own size up to 7 when left out. */
  poolGrid: z.int().min(1).max(64).optional(),
  /** What a cell of that grid holds: the largest value as in the published network, or the mean as in torchvision's. */
  gridPooling: z.enum(['max', 'average']).optional(),
  /** Width of the two hidden dense layers (VGG: 4096); 0: none, the classifier follows the pooling. */
  headWidth: z.int().min(0).max(65536).optional(),
  dropout: z.number().min(0).max(0.95).optional(),
  /** Stochastic depth: probability that a picture skips the last block's branch in training; the others' rise evenly from 0 at the first block. */
  dropPath: z.number().min(0).max(0.95).optional(),
  /** Multiplies every convolution's filters; below 1 makes a small network for tests and demos. */
  widthFactor: z.number().positive().max(4).optional(),
  /** Multiplies the blocks of every stage (at least one stays); for networks made of stages of repeated blocks. */
  depthFactor: z.number().positive().max(4).optional(),
  /** Stem without early down-sampling (3×3 stride 1, no max pooling), for pictures of 32 and 64 pixels. */
  smallInput: z.boolean().optional(),
});
export type ModelOptions = z.infer<typeof ModelOptions>;

export const ModelSpec = z.object({ name: z.string(), options: ModelOptions.prefault({}) });
export type ModelSpec = z.infer<typeof ModelSpec>;

export const Precision = z.enum(['f32', 'bf16']);
export type Precision = z.infer<typeof Precision>;

export const DeviceChoice = z.enum(['auto', 'cpu', 'gpu', 'wasm']);
export type DeviceChoice = z.infer<typeof DeviceChoice>;

/** What a user may leave out; `resolveSpec` fills the rest from the data set's card and the model's. */
export const RunRequest = z.object({
  name: z.string().max(200).optional(),
  model: ModelSpec,
  dataset: z.string(),
  batchSize: z.int().min(1).max(65536).default(64),
  epochs: z.int().min(1).max(100000).default(50),
  lr: z.number().positive().default(1e-4),
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
  seed: z.int().min(0).max(0xffffffff).default(0),
  preprocessing: PreprocessingRequest.prefault({}),
  /** Examples of each split to use, for quick trials; all when left out. */
  limit: z.object({ train: z.int().positive().optional(), val: z.int().positive().optional() }).prefault({}),
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
});
export type RunSpec = z.infer<typeof RunSpec>;
