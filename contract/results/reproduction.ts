/** Reproduction projects: published tables as data, and what each of their cells needs to be measured here. */
import { z } from 'zod';
import { PresetSettings } from '../api/runs/presets.ts';
import { Split } from '../dataset.ts';
import { ModelOptions } from '../runSpec.ts';

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

/** What decides how a row's network learns; what it does not name has its default. */
const Recipe = PresetSettings.omit({ model: true });

export const ReproductionRow = z.object({
  id: Id,
  title: z.string(),
  model: z.string(),
  options: ModelOptions.prefault({}),
  /** Named recipe that trains it; null where only published weights count. */
  preset: z.string().nullable(),
  /** The recipe itself, where no preset has it. */
  recipe: Recipe.nullable().default(null),
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

const Interval = z.object({ low: z.number(), high: z.number() });

/**
 * Whether a figure measured here agrees with a published one, and why.
 * - `agrees`: the published figure lies in the interval, and the interval is narrow enough to mean something.
 * - `differs`: it lies outside by more than chance and rounding explain.
 * - `tooFewImages`: it lies inside, but so would much else; `neededImages` would decide.
 * - `notComparable`: something else was measured.
 */
export const Verdict = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['agrees', 'differs']), interval: Interval, reason: z.string() }),
  z.object({
    kind: z.literal('tooFewImages'),
    interval: Interval,
    neededImages: z.int(),
    reason: z.string(),
  }),
  z.object({ kind: z.literal('notComparable'), reason: z.string() }),
]);
export type Verdict = z.infer<typeof Verdict>;

export const CellState = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('missingData') }),
  z.object({ kind: z.literal('missingWeights') }),
  z.object({ kind: z.literal('missingRun') }),
  /** Of these runs or imported weights, none where it is a timing. */
  z.object({ kind: z.literal('missingEvaluation'), of: z.array(z.string()) }),
  z.object({ kind: z.literal('running'), runId: z.string() }),
  /** Ended before it had the figure; it can be resumed. */
  z.object({ kind: z.literal('unfinished'), runId: z.string() }),
  z.object({
    kind: z.literal('measured'),
    /** In the published value's unit and digits. */
    value: z.string(),
    verdict: Verdict,
    protocol: z.string(),
    /** Runs or evaluations that it was read from. */
    from: z.array(z.string()),
    /** Runs behind it that nothing but their early end keeps from being compared; they can be resumed. */
    unfinished: z.array(z.string()).default([]),
  }),
]);
export type CellState = z.infer<typeof CellState>;

export const ReproductionCell = z.object({
  row: z.string(),
  column: z.string(),
  /** As published; null where the table has no figure. */
  published: z.string().nullable(),
  state: CellState,
});
export type ReproductionCell = z.infer<typeof ReproductionCell>;

export const ReproducedTable = z.object({
  project: ReproductionProject,
  /** Whether it came with Quorum. */
  shipped: z.boolean(),
  cells: z.array(ReproductionCell),
  /** Data sets of this data folder that have the published classes and splits. */
  datasets: z.array(z.object({ id: z.string(), name: z.string() })),
});
export type ReproducedTable = z.infer<typeof ReproducedTable>;
