/** The import job, away from the host so that nothing blocks there. */
import type { DatasetCard } from '../../../../contract/dataset.ts';
import { importDataset } from '../../../data/import/import.ts';
import { implementJob, type JobContext, tellProgress } from '../../jobContext.ts';
import { type ImportJob, importJob } from './messages.ts';

export async function runImportJob({ options, id, datasetDir }: ImportJob, context: JobContext): Promise<DatasetCard> {
  return importDataset(options, id, datasetDir, { onProgress: tellProgress(context), signal: context.signal });
}

export const run = implementJob(importJob, runImportJob);
