/** Settings that fill the form at a click. */
import { z } from 'zod';
import { Augmentation, EarlyStopping, ModelSpec, Optimizer, Precision, Schedule } from '../runSpec.ts';
import { PreprocessingRequest } from '../preprocessing.ts';
import { procedure } from './procedure.ts';

/** What a preset decides; everything it leaves out keeps the form's value. */
export const PresetSettings = z.object({
  model: ModelSpec, batchSize: z.int(), epochs: z.int(), lr: z.number(), optimizer: Optimizer, schedule: Schedule, augmentation: Augmentation,
  earlyStopping: EarlyStopping.nullable(), precision: Precision, preprocessing: PreprocessingRequest,
}).partial();
export type PresetSettings = z.infer<typeof PresetSettings>;

export const PresetRow = z.object({ name: z.string(), title: z.string(), description: z.string(), source: z.string(), settings: z.array(PresetSettings).min(1) });
export type PresetRow = z.infer<typeof PresetRow>;

export const presetsContract = {
  /** One with several settings makes several runs: "all five VGGs". */
  list: procedure.output(z.array(PresetRow)),
};
