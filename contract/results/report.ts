/**
 * A report and the sources of its figures: what each was read from, so that it can be read again and compared. The page
 * holds them as data, which no browser executes.
 */
import { z } from 'zod';
import { FigureQuestion, FigureVote } from './figure.ts';
import { Split } from '../dataset.ts';

const Id = z.string().min(1).max(200);

export const ReportSubject = z.object({ kind: z.enum(['run', 'ensemble', 'project']), id: Id });
export type ReportSubject = z.infer<typeof ReportSubject>;

/** Of stored probabilities. */
export const EvaluatedQuantity = z.enum([
  'images',
  'labelled',
  'top1',
  'top1Low',
  'top1High',
  'top5',
  'loss',
  'calibrationError',
  'copies',
  'top1WithoutCopies',
]);
export type EvaluatedQuantity = z.infer<typeof EvaluatedQuantity>;

export const VoteQuantity = z.enum(['labelled', 'accuracy', 'low', 'high', 'oracle', 'gain', 'pValue', 'agreement']);
export type VoteQuantity = z.infer<typeof VoteQuantity>;

export const ComparedQuantity = z.enum(['onlyFirst', 'onlySecond', 'difference', 'low', 'high', 'pValue']);
export type ComparedQuantity = z.infer<typeof ComparedQuantity>;

export const ReportSource = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('evaluation'), evaluation: Id, of: EvaluatedQuantity }),
  /** Recorded in the run's journal, at its best epoch. */
  z.object({ kind: z.literal('metric'), run: Id, metric: z.string() }),
  z.object({ kind: z.literal('run'), run: Id, of: z.enum(['bestEpoch', 'step', 'hours', 'seed']) }),
  z.object({ kind: z.literal('setting'), run: Id, setting: z.string() }),
  /** `member` and, for an agreement, `other`: places among the members. */
  z.object({
    kind: z.literal('vote'),
    votes: FigureVote,
    of: VoteQuantity,
    member: z.int().optional(),
    other: z.int().optional(),
  }),
  z.object({ kind: z.literal('comparison'), first: Id, second: Id, of: ComparedQuantity }),
  z.object({ kind: z.literal('seeds'), runs: z.array(Id), of: z.enum(['mean', 'sd']) }),
  z.object({ kind: z.literal('dataset'), dataset: Id, of: z.enum(['classes', 'unreadable', 'changed']) }),
  z.object({ kind: z.literal('split'), dataset: Id, split: Split, of: z.enum(['images', 'copies']) }),
  z.object({ kind: z.literal('parameters'), run: Id }),
  z.object({ kind: z.literal('cell'), project: Id, row: Id, column: Id, of: z.enum(['value', 'verdict', 'reason']) }),
  z.object({
    kind: z.literal('image'),
    votes: FigureVote,
    index: z.int().min(0),
    of: z.enum(['decision', 'probability', 'truth']),
  }),
  z.object({ kind: z.literal('drawing'), question: FigureQuestion }),
]);
export type ReportSource = z.infer<typeof ReportSource>;

/** How a value is written. */
export const ReportFormat = z.enum(['percent', 'points', 'count', 'loss', 'small', 'pValue', 'text', 'drawing']);
export type ReportFormat = z.infer<typeof ReportFormat>;

/** A drawing's value is the SHA-256 of its SVG. */
export const ReportValue = z.union([z.number(), z.string(), z.null()]);
export type ReportValue = z.infer<typeof ReportValue>;

export const ReportFigure = z.object({
  id: z.string(),
  /** What it is, for whoever checks it. */
  label: z.string(),
  value: ReportValue,
  format: ReportFormat,
  source: ReportSource,
});
export type ReportFigure = z.infer<typeof ReportFigure>;

export const ReportData = z.object({
  version: z.literal(1),
  quorum: z.string(),
  createdAt: z.string(),
  subject: ReportSubject,
  title: z.string(),
  figures: z.array(ReportFigure),
  /** SHA-256 of the page without this block. */
  page: z.string(),
});
export type ReportData = z.infer<typeof ReportData>;

/** What became of a figure. `changed`: the page does not show what its data says. */
export const FigureCheck = z.object({
  id: z.string(),
  label: z.string(),
  outcome: z.enum(['holds', 'differs', 'changed', 'gone']),
  /** As the page shows it. */
  shown: z.string(),
  /** As it is stored now; null where it cannot be read. */
  stored: z.string().nullable(),
  reason: z.string(),
});
export type FigureCheck = z.infer<typeof FigureCheck>;

export const ReportCheck = z.object({
  title: z.string(),
  figures: z.int(),
  holding: z.int(),
  /** Whether the rest of the page is as it was written. */
  untouched: z.boolean(),
  /** Those that do not hold. */
  problems: z.array(FigureCheck),
});
export type ReportCheck = z.infer<typeof ReportCheck>;
