/** Steps of a run done once more from one of its checkpoints, to compare what they say. */
import { z } from 'zod';
import { RunSpec } from '../../../../contract/runSpec.ts';
import { defineJob } from '../../jobMessages.ts';

export const ReplayJob = z.object({
  spec: RunSpec,
  datasetDir: z.string(),
  /** Folder of the checkpoint. */
  checkpoint: z.string(),
  /** At most; they end with the epoch. */
  steps: z.int().min(1),
});
export type ReplayJob = z.infer<typeof ReplayJob>;

export const replayJob = defineJob(
  'replay',
  ReplayJob,
  z.object({ steps: z.array(z.object({ step: z.int(), loss: z.number().nullable() })) }),
);
