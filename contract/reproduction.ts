/** Reproduction projects: published tables as data, and what each of their cells needs to be measured here. */
import { z } from 'zod';
import { Split } from './dataset.ts';
import { ModelOptions } from './runSpec.ts';

const Id = z.string().regex(/^[a-z0-9][a-z0-9_.-]*$/);

/** What a cell states: accuracies and errors in per cent, losses in nats per image, times in milliseconds. */
export const ReproducedMetric = z.enum(['top1', 'top5', 'top1Error', 'top5Error', 'loss', 'forwardMs', 'backwardMs']);
export type ReproducedMetric = z.infer<typeof ReproducedMetric>;

/**
 * How a measured figure stands to the published one. `sameWeights`: the published weights on the published images, so
 * they must agree but for rounding and decoding. `retrained`: another training, so seeds vary. `timing`: another
 * machine; shown side by side, never judged.
 */
export const Comparison = z.enum(['sameWeights', 'retrained', 'timing']);
export type Comparison = z.infer<typeof Comparison>;

export const ReproductionRow = z.object({
  id: Id,
  title: z.string(),
  model: z.string(),
  options: ModelOptions.prefault({}),
  /** Named recipe that trains it; null where only published weights count. */
  preset: z.string().nullable(),
  /** Entries of the catalogue that hold its published weights. */
  weights: z.array(z.string()).prefault([]),
});
export type ReproductionRow = z.infer<typeof ReproductionRow>;

export const ReproductionColumn = z.object({
  id: Id,
  title: z.string(),
  metric: ReproducedMetric,
  split: Split,
  /** Name of an evaluation protocol; `as-trained`: as the run itself validated. Null for timings. */
  protocol: z.string().nullable(),
  /** Side of the input of a timing, pixels. */
  size: z.int().nullable().default(null),
  /** Which checkpoint of a run: the one with the lowest validation loss, or of an epoch. */
  epoch: z.union([z.literal('best'), z.int().positive()]).default('best'),
  comparison: Comparison,
});
export type ReproductionColumn = z.infer<typeof ReproductionColumn>;

export const ReproductionProject = z.object({
  id: Id,
  title: z.string(),
  /** What was asked and how, in one or two sentences. */
  question: z.string(),
  source: z.url(),
  paper: z.url().nullable(),
  dataset: z.object({
    /** As the catalogue calls it. */
    name: z.string(),
    title: z.string(),
    classes: z.int().positive(),
    /** Labelled images of each split that the published figures count. */
    images: z.partialRecord(Split, z.int().positive()),
  }),
  rows: z.array(ReproductionRow).min(1),
  columns: z.array(ReproductionColumn).min(1),
  /** Published values as they are written, by row and column: their digits say how they were rounded. */
  published: z.record(z.string(), z.record(z.string(), z.string().regex(/^\d+(\.\d+)?$/))),
  notes: z.array(z.string()).prefault([]),
});
export type ReproductionProject = z.infer<typeof ReproductionProject>;
