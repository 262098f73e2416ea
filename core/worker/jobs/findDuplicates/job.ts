/** The comparison of a data set's pictures, away from the host so that nothing blocks there. */
import { findDuplicates } from '../../../data/import/findDuplicates.ts';
import { implementJob, type JobContext, tellProgress } from '../../jobContext.ts';
import { type FindDuplicatesJob, findDuplicatesJob } from './messages.ts';

export async function runFindDuplicatesJob({ datasetDir }: FindDuplicatesJob, context: JobContext): Promise<null> {
  await findDuplicates(datasetDir, { onProgress: tellProgress(context), signal: context.signal });
  return null;
}

export const run = implementJob(findDuplicatesJob, runFindDuplicatesJob);
