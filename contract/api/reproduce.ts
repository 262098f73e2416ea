/** Published tables beside what is measured here, and filling them. */
import { z } from 'zod';
import { ReproducedTable, ReproductionCell } from '../results/reproduction.ts';
import { RunRequest } from '../runSpec.ts';
import { FileRef, Id, jobKind, procedure } from './procedure.ts';

/** A project in the list. `name` is its title. */
export const ReproductionRowOfList = z.object({
  id: z.string(),
  name: z.string(),
  /** The data set it was measured on. */
  data: z.string(),
  rows: z.int(),
  columns: z.int(),
  shipped: z.boolean(),
});
export type ReproductionRowOfList = z.infer<typeof ReproductionRowOfList>;

const FillQuestion = z.object({
  project: Id,
  /** Where several data sets have the published classes. */
  dataset: Id.optional(),
  /** A run of each row for each seed. */
  seeds: z.array(z.int().min(0)).min(1).max(10).default([1]),
});

export const reproduceJob = jobKind('reproduce', { evaluationIds: z.array(z.string()) });

export const reproduceContract = {
  list: procedure.output(
    z.object({
      projects: z.array(ReproductionRowOfList),
      damaged: z.array(z.object({ file: z.string(), problem: z.string() })),
    }),
  ),
  show: procedure.input(z.object({ project: Id })).output(ReproducedTable),
  /** What `fill` would start. */
  missing: procedure.input(FillQuestion).output(
    z.object({
      runs: z.array(RunRequest),
      /** Ids of runs to continue. */
      resume: z.array(z.string()),
      evaluations: z.int(),
      /** What only the user can provide: data, weights, timings. */
      byHand: z.array(ReproductionCell),
    }),
  ),
  /**
   * Queues the missing runs, continues those that ended early, and evaluates once they have ended. The job's result is
   * `evaluations`.
   */
  fill: procedure.input(FillQuestion).output(z.object({ jobId: z.string(), runIds: z.array(z.string()) })),
  /** Adds a project of one's own. */
  add: procedure.input(z.object({ file: FileRef })).output(ReproductionRowOfList),
};
