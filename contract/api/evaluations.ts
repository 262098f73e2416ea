/**
 * What networks say of images by a protocol: a run as it was trained (its predictions), or any weights by a named
 * protocol; image by image, as tables, two on the same images, accuracy against crop size.
 */
import { z } from 'zod';
import { Split } from '../dataset.ts';
import { EvaluationRecord } from '../evaluation.ts';
import { InputSpec } from '../inputSpec.ts';
import { LabelList, Reading } from '../protocol.ts';
import { DeviceChoice } from '../deviceChoice.ts';
import { Precision } from '../runSpec.ts';
import {
  AccuracyReport,
  ClassReport,
  ConfusionReport,
  PredictedImage,
  PredictionFilter,
  StoredFigures,
} from './datasets/imageFigures.ts';
import { FileRef, Id, jobKind, JobStarted, PageRequest, procedure } from './procedure.ts';

/** The images of a split, or of a folder and its subfolders. */
export const ImageChoice = z.discriminatedUnion('kind', [
  /** Of each run's own data set unless `dataset` names another one; weights need one. */
  z.object({ kind: z.literal('split'), split: Split, dataset: Id.optional() }),
  z.object({ kind: z.literal('folder'), folder: FileRef }),
]);
export type ImageChoice = z.infer<typeof ImageChoice>;

export const EvaluationRow = EvaluationRecord.omit({ weightsPath: true });
export type EvaluationRow = z.infer<typeof EvaluationRow>;

const Restated = z.object({ removed: z.int(), top1: AccuracyReport, top5: AccuracyReport });

export const EvaluationSummary = EvaluationRow.extend({
  ...StoredFigures.shape,
  /**
   * Without copies of training pictures, and without those that look like one; null where nobody has searched for them.
   */
  withoutDuplicates: z.object({ exact: Restated, near: Restated }).nullable(),
  labelOrder: z.object({ suspected: z.boolean(), checked: z.int(), accuracy: z.number(), agreement: z.number() }),
});
export type EvaluationSummary = z.infer<typeof EvaluationSummary>;

export const EvaluatedChoice = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('run'),
    run: Id,
    checkpoint: z
      .union([z.enum(['best', 'last']), z.int().min(0), z.object({ epoch: z.int().min(1) })])
      .default('best'),
  }),
  /** Imported ones. */
  z.object({ kind: z.literal('weights'), weights: Id }),
]);
export type EvaluatedChoice = z.infer<typeof EvaluatedChoice>;

export const EvaluationQuestion = z.object({
  networks: z.array(EvaluatedChoice).min(1).max(200),
  images: ImageChoice,
  protocols: z.array(z.string()).min(1).max(100),
  /** Each protocol once for each of these crops, in place of its own. */
  cropSizes: z.array(z.int().min(1)).max(100).optional(),
  input: InputSpec.optional(),
  labels: LabelList.optional(),
  /** Of every protocol. */
  reading: Reading.default('all'),
  /** A file of two columns, which class of the networks is which of the images; counts before ids and names. */
  classMap: FileRef.optional(),
  batchSize: z.int().min(1).max(4096).optional(),
  precision: Precision.default('f32'),
  device: DeviceChoice.optional(),
  /** Only so many images of a split, taken evenly. */
  limit: z.int().min(1).optional(),
});
export type EvaluationQuestion = z.infer<typeof EvaluationQuestion>;

export const TableFormat = z.enum(['md', 'latex', 'csv']);
export type TableFormat = z.infer<typeof TableFormat>;

/**
 * `rank`: name of the protocol that the rows are sorted by; `any` takes each network's best figure, whichever protocol
 * it is of. By name unless given.
 */
export const TableQuestion = z.object({
  evaluations: z.array(Id).max(10_000),
  figure: z.enum(['error', 'accuracy']).default('error'),
  intervals: z.boolean().default(false),
  rank: z.string().optional(),
  withoutDuplicates: z.boolean().default(false),
});
export type TableQuestion = z.infer<typeof TableQuestion>;

/** One split of one data set: a row a network, a column a protocol. */
export const EvaluationTable = z.object({
  caption: z.string(),
  note: z.string(),
  columns: z.array(z.object({ protocol: z.string(), title: z.string() })),
  rows: z.array(
    z.object({
      network: z.string(),
      /** Null for weights that no run of ours made. */
      runId: z.string().nullable(),
      cells: z.array(z.object({ measured: z.string().nullable(), published: z.string().nullable() })),
    }),
  ),
});
export type EvaluationTable = z.infer<typeof EvaluationTable>;

export const CropSizeLine = z.object({
  name: z.string(),
  points: z.array(
    z.object({
      crop: z.int(),
      top1: z.number(),
      low: z.number(),
      high: z.number(),
      top5: z.object({ share: z.number(), low: z.number(), high: z.number() }).nullable(),
    }),
  ),
});
export type CropSizeLine = z.infer<typeof CropSizeLine>;

const byEvaluation = z.object({ evaluation: Id });
const Pair = { first: Id, second: Id };

export const ComparisonReport = z.object({
  first: EvaluationRow,
  second: EvaluationRow,
  /** Else the difference is that of network and protocol together. */
  sameProtocol: z.boolean(),
  labelled: z.int(),
  both: z.int(),
  onlyFirst: z.int(),
  onlySecond: z.int(),
  neither: z.int(),
  /** Accuracy of the first minus that of the second. */
  difference: z.number().nullable(),
  interval: z.object({ low: z.number(), high: z.number() }).nullable(),
  /** Exact McNemar test, two-sided. */
  pValue: z.number(),
});
export type ComparisonReport = z.infer<typeof ComparisonReport>;

/** A picture that only one of the two gets right. */
export const FlippedImage = z.object({
  path: z.string(),
  label: z.string(),
  first: z.string(),
  second: z.string(),
  rightOne: z.enum(['first', 'second']),
  thumbnail: z.string(),
  full: z.string(),
});
export type FlippedImage = z.infer<typeof FlippedImage>;

export const evaluateJob = jobKind('evaluate', { evaluationIds: z.array(z.string()), notes: z.array(z.string()) });

export const evaluationsContract = {
  /**
   * One job for all networks, one after another; every picture is decoded once for all protocols. Job:
   * `evaluateJob`.
   */
  create: procedure.input(EvaluationQuestion).output(JobStarted),
  /**
   * Each run and each imported weights as they were trained, runs at their own precision, one after another; what is
   * known already is used again. Job: `evaluateJob`, in their order.
   */
  predict: procedure
    .input(
      z.object({
        /** Ids of runs and imported weights. */
        networks: z.array(Id).min(1).max(64),
        images: ImageChoice,
        checkpoint: z.enum(['best', 'last']).default('best'),
        batchSize: z.int().min(1).max(4096).optional(),
        device: DeviceChoice.optional(),
        reuse: z.boolean().default(true),
      }),
    )
    .output(JobStarted),
  /** What a run, or imported weights, said as they were trained, newest first. */
  predictions: procedure.input(z.object({ network: Id })).output(z.array(EvaluationRow)),
  /** Newest first. */
  list: procedure.input(z.object({ run: Id.optional() }).prefault({})).output(z.array(EvaluationRow)),
  show: procedure.input(byEvaluation).output(EvaluationSummary),
  images: procedure
    .input(z.object({ evaluation: Id, filter: PredictionFilter.prefault({}), ...PageRequest.shape }))
    .output(z.object({ images: z.array(PredictedImage), total: z.int() })),
  confusion: procedure
    .input(z.object({ evaluation: Id, pairs: z.int().min(0).max(1000).default(100) }))
    .output(ConfusionReport),
  classes: procedure.input(byEvaluation).output(ClassReport),
  remove: procedure.input(byEvaluation).output(z.object({ id: z.string() })),
  tables: procedure.input(TableQuestion).output(z.array(EvaluationTable)),
  /** The same as text to paste. */
  tableText: procedure.input(TableQuestion.extend({ format: TableFormat })).output(z.object({ text: z.string() })),
  cropSizes: procedure.input(z.object({ evaluations: z.array(Id).max(10_000) })).output(z.array(CropSizeLine)),
  compare: procedure.input(z.object(Pair)).output(ComparisonReport),
  flips: procedure
    .input(z.object({ ...Pair, rightOne: z.enum(['first', 'second']).optional(), ...PageRequest.shape }))
    .output(z.object({ images: z.array(FlippedImage), total: z.int() })),
};
