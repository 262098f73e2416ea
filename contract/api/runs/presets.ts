/** Settings that fill the form at a click. */
import { z } from 'zod';
import { RunRequest } from '../../runSpec.ts';
import { procedure } from '../procedure.ts';

/**
 * Everything a form decides but the data, the name, the device and the seed; what a preset does not name has its
 * default.
 */
export const PresetSettings = RunRequest.omit({
  name: true,
  dataset: true,
  device: true,
  seed: true,
  limit: true,
  group: true,
});
export type PresetSettings = z.infer<typeof PresetSettings>;

export const PresetRow = z.object({
  name: z.string(),
  title: z.string(),
  description: z.string(),
  source: z.string(),
  /** Whether batch and epochs follow the number of training images, where these are few. */
  fitsData: z.boolean(),
  settings: z.array(PresetSettings).min(1),
});
export type PresetRow = z.infer<typeof PresetRow>;

export const presetsContract = {
  /** One with several settings makes several runs: "all five VGGs". */
  list: procedure.output(z.array(PresetRow)),
};
