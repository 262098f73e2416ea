/** A figure that leaves Quorum: what it shows, and as what kind of file. */
import { z } from 'zod';
import { PredictionFilter } from '../api/datasets/imageFigures.ts';
import { VoteFilter } from '../api/ensembles.ts';
import { VotingRule } from '../voting.ts';

const Id = z.string().min(1).max(200);
const Runs = z.array(Id).min(1).max(200);

/** Stored evaluations of the same images and how they vote; one alone decides by itself. */
export const FigureVote = z.object({
  predictions: z.array(Id).min(1).max(64),
  rule: VotingRule.default({ kind: 'mean' }),
});
export type FigureVote = z.infer<typeof FigureVote>;

/** The most images that a wall shows. */
export const MOST_SAMPLES = 60;
const ImageCount = z.int().min(1).max(MOST_SAMPLES);

const Cell = z.string().max(2_000);
const Cells = z.array(Cell).max(100);
/** A table as cells of text; those of columns that are `numeric` stand to the right. The title also names the file. */
export const TableCells = z.object({
  title: Cell,
  caption: Cell,
  header: Cells.min(1),
  numeric: z.array(z.boolean()).max(100),
  rows: z.array(Cells).max(5_000),
});
export type TableCells = z.infer<typeof TableCells>;

export const FigureQuestion = z.discriminatedUnion('kind', [
  /** Loss and accuracy over epochs, a line a run. */
  z.object({ kind: z.literal('curves'), runs: Runs }),
  /** The same with a line for all runs that differ in nothing but their seed: mean ± standard deviation. */
  z.object({ kind: z.literal('seeds'), runs: Runs }),
  /**
   * Settings and results as parallel axes, a line a run. `axes` by key (`spec lr`, `metric val/top1`); without them
   * those that the window shows at first.
   */
  z.object({ kind: z.literal('parallel'), runs: Runs, axes: z.array(Id).min(1).max(40).optional() }),
  z.object({ kind: z.literal('confusion'), votes: FigureVote }),
  z.object({ kind: z.literal('reliability'), evaluation: Id }),
  z.object({ kind: z.literal('cropSize'), evaluations: z.array(Id).min(1).max(10_000) }),
  /** Images with what was decided: any, drawn with a fixed seed, or those that are wrong. */
  z.object({
    kind: z.literal('samples'),
    votes: FigureVote,
    show: z.enum(['all', 'wrong']).default('all'),
    count: ImageCount.default(24),
  }),
  /** The first images of a wall, as they are filtered and ordered there. */
  z.object({
    kind: z.literal('votedImages'),
    votes: FigureVote,
    filter: VoteFilter.prefault({}),
    count: ImageCount.default(MOST_SAMPLES),
  }),
  z.object({
    kind: z.literal('predictedImages'),
    evaluation: Id,
    filter: PredictionFilter.prefault({}),
    count: ImageCount.default(MOST_SAMPLES),
  }),
  z.object({ kind: z.literal('table'), table: TableCells }),
]);
export type FigureQuestion = z.infer<typeof FigureQuestion>;
/** As it is asked, with defaults left out. */
export type FigureRequest = z.input<typeof FigureQuestion>;

export const FigureFormat = z.enum(['svg', 'png', 'csv']);
export type FigureFormat = z.infer<typeof FigureFormat>;
