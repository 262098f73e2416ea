/** Published weights and data sets: what there is, what is here already, and getting it. */
import { z } from 'zod';
import { CatalogueEntry, PublishedTrial, TrialOutcome } from '../catalogue.ts';
import { Id, jobKind, JobStarted, procedure } from './procedure.ts';

export const CatalogueRow = z.object({
  entry: CatalogueEntry,
  /** Id of the weights or the data set, where it was fetched. */
  hereId: z.string().nullable(),
  /** Of weights that are here; null: not tried. */
  trial: PublishedTrial.nullable(),
  /** Data set with the classes of weights, on which they can be tried; null: none is at hand. */
  trialOn: z.object({ name: z.string(), images: z.int() }).nullable(),
});
export type CatalogueRow = z.infer<typeof CatalogueRow>;

/** Ids of what came of it; the other one is null. `triedBy`: the job that tries weights, null where nobody asked. */
export const fetchJob = jobKind('fetch', {
  weightsId: z.string().nullable(),
  datasetId: z.string().nullable(),
  triedBy: z.string().nullable(),
});

export const trialJob = jobKind('trial', { weightsId: z.string(), outcome: TrialOutcome });

export const catalogueContract = {
  list: procedure.output(z.array(CatalogueRow)),
  /**
   * Fetches, checks and imports an entry; weights are then tried. `acceptedLicence` is the licence's name as it was
   * shown. Job: `fetchJob`.
   */
  fetch: procedure
    .input(z.object({ name: Id, acceptedLicence: z.string(), tryOut: z.boolean().default(true) }))
    .output(JobStarted),
  /** A forward pass, and on images at hand the self-check and the published protocol. Job: `trialJob`. */
  tryOut: procedure.input(z.object({ name: Id })).output(JobStarted),
};
