/** Pictures that are there twice, and what the user changed about single pictures: left out, or given another class. */
import { z } from 'zod';
import { DatasetOverlay, DuplicateGroup, OverlayChange } from '../../dataset.ts';
import { Id, jobKind, JobStarted, PageRequest, procedure } from '../procedure.ts';

const byDataset = z.object({ dataset: Id });

export const DuplicateSummary = z.object({
  createdAt: z.string(),
  compared: z.int(),
  plain: z.int(),
  /** Groups that span splits, and groups whose pictures have different labels. */
  acrossSplits: z.int(),
  differentLabels: z.int(),
  /** Pictures of val and test that are in train as well. */
  leaked: z.object({ val: z.int(), test: z.int() }),
  /** Groups of the selection. */
  total: z.int(),
});
export type DuplicateSummary = z.infer<typeof DuplicateSummary>;

const TwinPicture = DuplicateGroup.shape.pictures.element.extend({ thumbnail: z.string(), full: z.string() });
export const DuplicateSet = DuplicateGroup.extend({ pictures: z.array(TwinPicture) });
export type DuplicateSet = z.infer<typeof DuplicateSet>;

export const duplicatesJob = jobKind('duplicates', { datasetId: z.string() });

export const datasetChangesContract = {
  /** Compares every picture with every other one. Job: `duplicatesJob`. */
  compare: procedure.input(byDataset).output(JobStarted),
  /** Null where nobody has compared this state of the data set. */
  duplicates: procedure
    .input(z.object({ dataset: Id, acrossOnly: z.boolean().default(true), ...PageRequest.shape }))
    .output(z.object({ summary: DuplicateSummary, groups: z.array(DuplicateSet) }).nullable()),
  overlay: procedure.input(byDataset).output(DatasetOverlay),
  /**
   * Merges the changes; one that neither excludes nor relabels takes back what was there. Training and evaluation
   * follow from now on, the files stay.
   */
  change: procedure
    .input(z.object({ dataset: Id, changes: z.array(OverlayChange).min(1).max(100_000) }))
    .output(DatasetOverlay),
};
