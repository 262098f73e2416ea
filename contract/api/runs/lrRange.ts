/** Learning rate range tests of settings that are about to train. */
import { LrRangeResult } from '../../lrRange.ts';
import { z } from 'zod';
import { RunRequest } from '../../runSpec.ts';
import { jobKind, JobStarted, procedure } from '../procedure.ts';

const Rate = z.number().positive().max(1000);

export const lrRangeJob = jobKind('lrRange', { range: LrRangeResult });

export const lrRangeContract = {
  /** Trains for `steps` steps at rates that rise from `from` to `to` and keeps nothing. Job: `lrRangeJob`. */
  start: procedure
    .input(
      z.object({
        request: RunRequest,
        from: Rate.default(1e-6),
        to: Rate.default(3),
        steps: z.int().min(5).max(10_000).default(100),
      }),
    )
    .output(JobStarted),
};
