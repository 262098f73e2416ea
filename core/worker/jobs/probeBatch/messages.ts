/** Whether a batch fits into memory. */
import { z } from 'zod';
import { RunSpec } from '../../../../contract/runSpec.ts';
import { defineJob } from '../../jobMessages.ts';

/**
 * Two steps of `spec` on made-up pictures, to see whether they fit into memory: result `{ peakRssBytes }`, or
 * `run.outOfMemory`.
 */
export const ProbeBatchJob = z.object({ spec: RunSpec });
export type ProbeBatchJob = z.infer<typeof ProbeBatchJob>;

export const ProbeBatchResult = z.object({ peakRssBytes: z.number() });
export type ProbeBatchResult = z.infer<typeof ProbeBatchResult>;

export const probeBatchJob = defineJob('probeBatch', ProbeBatchJob, ProbeBatchResult);
