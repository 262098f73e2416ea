/** The training of a run; what happens on the way is told as events. */
import { z } from 'zod';
import { RunSpec } from '../../../../contract/runSpec.ts';
import { TensorRename } from '../../../../contract/weights/tensorRename.ts';
import { OutputClasses } from '../../../../contract/weights/weights.ts';
import { defineJob } from '../../jobMessages.ts';

/** A weight file that a run starts from. */
export const InitialFile = z.object({
  path: z.string(),
  entry: z.string().optional(),
  renames: z.array(TensorRename).optional(),
  /** Classes that its outputs stand for, where that is known: a head that is kept follows the run's order of them. */
  outputs: OutputClasses.nullable().default(null),
});
export type InitialFile = z.infer<typeof InitialFile>;

/**
 * In the folder of a run: what it says of the validation images at its best epoch, in a folder named by the number of
 * that epoch's checkpoint.
 */
export const BEST_VALIDATION_FOLDER = 'validation';

export const TrainJob = z.object({
  runId: z.string(),
  spec: RunSpec,
  runDir: z.string(),
  datasetDir: z.string(),
  /** Continue from this checkpoint folder. */
  resumeFrom: z.string().nullable(),
  /** Where a run that starts from weights finds them; null where it starts from its seed or from a checkpoint. */
  initial: InitialFile.nullable(),
  /** How much the process may grow from one epoch to another before it is replaced; the usual limits where left out. */
  growth: z.object({ tensors: z.int(), rssBytes: z.number() }).partial().prefault({}),
});
export type TrainJob = z.infer<typeof TrainJob>;

export const trainJob = defineJob('train', TrainJob, z.null());
