/** The check of a data set, away from the host so that nothing blocks there. */
import type { DatasetCheck } from '../../../../contract/dataset.ts';
import { checkDataset } from '../../../data/import/checkDataset.ts';
import { implementJob, type JobContext, tellProgress } from '../../jobContext.ts';
import { type CheckDatasetJob, checkDatasetJob } from './messages.ts';

export async function runCheckDatasetJob({ datasetDir }: CheckDatasetJob, context: JobContext): Promise<DatasetCheck> {
  return checkDataset(datasetDir, { onProgress: tellProgress(context), signal: context.signal });
}

export const run = implementJob(checkDatasetJob, runCheckDatasetJob);
