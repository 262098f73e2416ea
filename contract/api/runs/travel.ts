/** Runs as one file that another machine takes in. */
import { z } from 'zod';
import { FileRef, Id, jobKind, JobStarted, procedure } from '../procedure.ts';

export const ArchivePacking = z.enum(['tar', 'tar.gz', 'tar.zst']);
export type ArchivePacking = z.infer<typeof ArchivePacking>;

/** The best and the last checkpoint of each run, or all that are kept. */
export const ArchiveCheckpoints = z.enum(['best and last', 'all']);
export type ArchiveCheckpoints = z.infer<typeof ArchiveCheckpoints>;

export const ArchivedRuns = z.object({
  url: z.string(),
  fileName: z.string(),
  /** On the host. */
  path: z.string(),
  sizeBytes: z.number(),
  runs: z.int(),
});
export type ArchivedRuns = z.infer<typeof ArchivedRuns>;

/** What one check of a run that arrived found, such as "val, 90 images: equal to the bit, top-1 91.11 %". */
export const ArrivalFinding = z.object({ words: z.string(), equal: z.boolean() });
export type ArrivalFinding = z.infer<typeof ArrivalFinding>;

export const ArrivedRun = z.object({
  id: z.string(),
  name: z.string(),
  /** Its id in the archive. */
  idThere: z.string(),
  /** The data set here that holds its images; null where none does. */
  dataset: z.object({ id: z.string(), name: z.string() }).nullable(),
  /** Names of ensembles that came along, as they are called here. */
  ensembles: z.array(z.string()),
  /** Empty where the images are not here, or nothing came along to compare with. */
  checks: z.array(ArrivalFinding),
  /** Why it could not be checked. */
  problem: z.string().nullable(),
});
export type ArrivedRun = z.infer<typeof ArrivedRun>;

export const archiveRunsJob = jobKind('archiveRuns', { archive: ArchivedRuns });
export const importRunsJob = jobKind('importRuns', { runs: z.array(ArrivedRun) });

export const travelContract = {
  /** Job: `archiveRunsJob`. */
  export: procedure
    .input(
      z.object({
        runs: z.array(Id).min(1).max(10_000),
        packing: ArchivePacking.default('tar'),
        checkpoints: ArchiveCheckpoints.default('best and last'),
      }),
    )
    .output(JobStarted),
  /** With `check`, results are computed again where the images are here. Job: `importRunsJob`. */
  import: procedure.input(z.object({ file: FileRef, check: z.boolean().default(true) })).output(JobStarted),
};
