/** A data set compared with the files it was made from. */
import { z } from 'zod';
import { DatasetCheck } from '../../../../contract/dataset.ts';
import { defineJob } from '../../jobMessages.ts';

export const CheckDatasetJob = z.object({ datasetDir: z.string() });
export type CheckDatasetJob = z.infer<typeof CheckDatasetJob>;

export const checkDatasetJob = defineJob('checkDataset', CheckDatasetJob, DatasetCheck);
