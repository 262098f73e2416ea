/** Import, check and comparison of data sets, away from the host so that nothing blocks there. */
import type { z } from 'zod';
import type { OnProgress } from '../../../data/types.ts';
import { checkDataset } from '../../../data/import/checkDataset.ts';
import { findDuplicates } from '../../../data/import/findDuplicates.ts';
import { importDataset } from '../../../data/import/import.ts';
import type { JobContext } from '../../jobContext.ts';
import type { CheckDatasetJob, FindDuplicatesJob, ImportJob } from '../../jobMessages.ts';

type Json = z.infer<ReturnType<typeof z.json>>;

const teller =
  ({ send }: JobContext): OnProgress =>
  (progress) => {
    send({ type: 'progress', ...progress });
  };

export async function runImportJob(job: ImportJob, context: JobContext): Promise<Json> {
  return plain(
    await importDataset(job.options, job.id, job.datasetDir, { onProgress: teller(context), signal: context.signal }),
  );
}

export async function runCheckDatasetJob(job: CheckDatasetJob, context: JobContext): Promise<Json> {
  return plain(await checkDataset(job.datasetDir, { onProgress: teller(context), signal: context.signal }));
}

export async function runFindDuplicatesJob(job: FindDuplicatesJob, context: JobContext): Promise<null> {
  await findDuplicates(job.datasetDir, { onProgress: teller(context), signal: context.signal });
  return null;
}

/** What is left of a value on its way through JSON. */
function plain(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}
