/** Published weights and data sets: what there is, what is here already, and getting it. */
import { z } from 'zod';
import { CatalogueEntry, PublishedTrial } from '../catalogue.ts';
import { Id, jobKind, JobStarted, procedure } from './procedure.ts';

export const CatalogueRow = z.object({
  entry: CatalogueEntry,
  /** Id of the weights or the data set, where it was fetched. */
  hereId: z.string().nullable(),
  /** Of weights that are here; null: not tried. */
  trial: PublishedTrial.nullable(),
});
export type CatalogueRow = z.infer<typeof CatalogueRow>;

/** Ids of what came of it; the other one is null. `triedBy`: the job that tries weights on images at hand. */
export const fetchJob = jobKind('fetch', {
  weightsId: z.string().nullable(),
  datasetId: z.string().nullable(),
  triedBy: z.string().nullable(),
});

export const catalogueContract = {
  list: procedure.output(z.array(CatalogueRow)),
  /**
   * Fetches, checks and imports an entry; weights are then tried on images at hand. `acceptedLicence` is the licence's
   * name as it was shown. Job: `fetchJob`.
   */
  fetch: procedure.input(z.object({ name: Id, acceptedLicence: z.string() })).output(JobStarted),
};
