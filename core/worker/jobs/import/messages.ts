/** The import of a data set. */
import { z } from 'zod';
import { DatasetCard, ImportOptions } from '../../../../contract/dataset.ts';
import { defineJob } from '../../jobMessages.ts';

export const ImportJob = z.object({
  options: ImportOptions,
  id: z.string(),
  datasetDir: z.string(),
});
export type ImportJob = z.infer<typeof ImportJob>;

export const importJob = defineJob('import', ImportJob, DatasetCard);
