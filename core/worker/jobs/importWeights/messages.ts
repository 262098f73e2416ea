/** The import of a weight file. */
import { z } from 'zod';
import { InputSpec } from '../../../../contract/inputSpec.ts';
import { LabelList, Protocol } from '../../../../contract/protocol.ts';
import { ModelOptions } from '../../../../contract/runSpec.ts';
import { TensorRename } from '../../../../contract/weights/tensorRename.ts';
import { ImportedWeights, OutputClasses } from '../../../../contract/weights/weights.ts';
import { defineJob } from '../../jobMessages.ts';

/** What weights are to fit; classes, channels and size that are left out are the file's and the network's own. */
export const WeightsShape = z.object({
  model: z.string(),
  options: ModelOptions,
  size: z.int().min(1).optional(),
  classes: z.int().min(1).optional(),
  channels: z.int().min(1).optional(),
});
export type WeightsShape = z.infer<typeof WeightsShape>;

/** Writes `weights.safetensors` and `card.json` into `outputDir`. */
export const ImportWeightsJob = z.object({
  path: z.string(),
  entry: z.string().optional(),
  renames: z.array(TensorRename).optional(),
  /** Take them though their names are another network's. */
  insist: z.boolean().optional(),
  network: WeightsShape,
  id: z.string(),
  name: z.string(),
  outputDir: z.string(),
  input: InputSpec.nullable(),
  labels: LabelList.nullable(),
  /** What the outputs stand for, and how images are cropped, where the caller knows it better than the file. */
  outputs: OutputClasses.nullable(),
  protocol: Protocol.nullable(),
});
export type ImportWeightsJob = z.infer<typeof ImportWeightsJob>;

export const importWeightsJob = defineJob('importWeights', ImportWeightsJob, ImportedWeights);
