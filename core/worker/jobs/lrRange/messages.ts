/** The learning-rate range test. */
import { z } from 'zod';
import { LrRangeResult } from '../../../../contract/lrRange.ts';
import { RunSpec } from '../../../../contract/runSpec.ts';
import { defineJob } from '../../jobMessages.ts';
import { InitialFile } from '../train/messages.ts';

/** Learning-rate range test: result `LrRangeResult`. */
export const LrRangeJob = z.object({
  spec: RunSpec,
  datasetDir: z.string(),
  initial: InitialFile.nullable(),
  from: z.number().positive(),
  to: z.number().positive(),
  steps: z.int().min(5).max(10000),
});
export type LrRangeJob = z.infer<typeof LrRangeJob>;

export const lrRangeJob = defineJob('lrRange', LrRangeJob, LrRangeResult);
