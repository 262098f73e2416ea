/** What a run could start from. */
import { z } from 'zod';
import { InputSpec } from '../../../../contract/inputSpec.ts';
import { ModelOptions, ModelSpec } from '../../../../contract/runSpec.ts';
import { TensorRename } from '../../../../contract/weights/tensorRename.ts';
import { OutputClasses } from '../../../../contract/weights/weights.ts';
import { defineJob } from '../../jobMessages.ts';

/** What a run of this network could start from: result `InitialFileFacts`. */
export const InspectInitialJob = z.object({
  path: z.string(),
  entry: z.string().optional(),
  renames: z.array(TensorRename).optional(),
  model: ModelSpec,
});
export type InspectInitialJob = z.infer<typeof InspectInitialJob>;

export const InitialFileFacts = z.object({
  sha256: z.string(),
  format: z.string(),
  naming: z.string(),
  size: z.int(),
  channels: z.int(),
  /** Null where the file has no head of this network. */
  classes: z.int().nullable(),
  outputs: OutputClasses.nullable(),
  options: ModelOptions,
  input: InputSpec.nullable(),
  unused: z.array(z.string()),
  notes: z.array(z.string()),
  /** Under our names; shapes that do not fit are the file's own. */
  weights: z.array(z.object({ name: z.string(), shape: z.array(z.int()) })),
});
export type InitialFileFacts = z.infer<typeof InitialFileFacts>;

export const inspectInitialJob = defineJob('inspectInitial', InspectInitialJob, InitialFileFacts);
