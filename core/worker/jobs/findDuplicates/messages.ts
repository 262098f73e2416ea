/** Every picture of a data set compared with every other one. */
import { z } from 'zod';
import { defineJob } from '../../jobMessages.ts';

/** Keeps its report in the data set's folder: result null. */
export const FindDuplicatesJob = z.object({ datasetDir: z.string() });
export type FindDuplicatesJob = z.infer<typeof FindDuplicatesJob>;

export const findDuplicatesJob = defineJob('findDuplicates', FindDuplicatesJob, z.null());
