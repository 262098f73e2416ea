/** What a run says about the pictures of a split or a folder, and how right it is. */
import { z } from 'zod';
import { Split } from '../dataset.ts';
import { DeviceReport } from '../run.ts';
import { DeviceChoice } from '../runSpec.ts';
import { FileRef, Id, JobStarted, PageRequest, procedure } from './procedure.ts';

export const PictureSource = z.discriminatedUnion('kind', [
  /** The run's own data set unless `dataset` names another one. */
  z.object({ kind: z.literal('split'), split: Split, dataset: Id.optional() }),
  z.object({ kind: z.literal('folder'), folder: FileRef }),
]);
export type PictureSource = z.infer<typeof PictureSource>;

export const PredictionRow = z.object({
  id: z.string(),
  runId: z.string(),
  runName: z.string(),
  model: z.string(),
  checkpointSeq: z.int(),
  source: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('split'), datasetId: z.string(), datasetName: z.string().nullable(), split: Split }),
    z.object({ kind: z.literal('folder'), path: z.string() }),
  ]),
  count: z.int(),
  classes: z.int(),
  top1: z.number().nullable(),
  top5: z.number().nullable(),
  device: DeviceReport,
  imagesPerSec: z.number(),
  createdAt: z.string(),
  /** How the figures came about; never shown without them. */
  protocol: z.string(),
});
export type PredictionRow = z.infer<typeof PredictionRow>;

export const ClassProbability = z.object({ classIndex: z.int(), probability: z.number() });

export const PredictedImage = z.object({
  index: z.int(),
  path: z.string(),
  /** −1 without a label. */
  truth: z.int(),
  /** Highest first. */
  top5: z.array(ClassProbability),
  /** −ln of the true class's probability; null without a label. */
  loss: z.number().nullable(),
  thumbnail: z.string(),
  full: z.string(),
});
export type PredictedImage = z.infer<typeof PredictedImage>;

export const PredictionFilter = z.object({
  outcome: z.enum(['all', 'right', 'wrong', 'wrongTop5']).default('all'),
  truth: z.int().min(-1).optional(),
  predicted: z.int().min(0).optional(),
  search: z.string().max(200).optional(),
  order: z.enum(['index', 'worstLoss', 'mostConfident', 'leastConfident']).default('index'),
});
export type PredictionFilter = z.infer<typeof PredictionFilter>;

/** Only cells that occur: `cells[3i]` truth, `cells[3i+1]` decision, `cells[3i+2]` count. */
export const ConfusionReport = z.object({
  classNames: z.array(z.string()),
  classIds: z.array(z.string()),
  total: z.int(),
  cells: z.array(z.int()),
  pairs: z.array(z.object({ truth: z.int(), decision: z.int(), count: z.int() })),
});
export type ConfusionReport = z.infer<typeof ConfusionReport>;

export const ClassReport = z.object({
  classes: z.array(
    z.object({
      classIndex: z.int(),
      name: z.string(),
      support: z.int(),
      decided: z.int(),
      correct: z.int(),
      precision: z.number().nullable(),
      recall: z.number().nullable(),
      f1: z.number().nullable(),
    }),
  ),
  macroPrecision: z.number().nullable(),
  macroRecall: z.number().nullable(),
  macroF1: z.number().nullable(),
  /** Weighted by the classes' pictures; recall weighted so is the accuracy. */
  weightedPrecision: z.number().nullable(),
  weightedRecall: z.number().nullable(),
  weightedF1: z.number().nullable(),
});
export type ClassReport = z.infer<typeof ClassReport>;

export const AccuracyReport = z.object({
  correct: z.int(),
  total: z.int(),
  accuracy: z.number().nullable(),
  interval: z.object({ low: z.number(), high: z.number() }).nullable(),
});
export type AccuracyReport = z.infer<typeof AccuracyReport>;

export const CalibrationReport = z.object({
  labelled: z.int(),
  expectedError: z.number().nullable(),
  largestError: z.number().nullable(),
  bins: z.array(
    z.object({
      low: z.number(),
      high: z.number(),
      count: z.int(),
      confidence: z.number().nullable(),
      accuracy: z.number().nullable(),
    }),
  ),
});
export type CalibrationReport = z.infer<typeof CalibrationReport>;

export const PredictionSummary = PredictionRow.extend({
  classNames: z.array(z.string()),
  labelled: z.int(),
  top1Accuracy: AccuracyReport,
  top5Accuracy: AccuracyReport,
  logLoss: z.number().nullable(),
  calibration: CalibrationReport,
  skipped: z.array(z.object({ path: z.string(), reason: z.string() })),
});
export type PredictionSummary = z.infer<typeof PredictionSummary>;

const byPrediction = z.object({ prediction: Id });

export const predictionsContract = {
  /** One job for all runs, one after another; what is known already is used again. Result: `predictions`. */
  create: procedure
    .input(
      z.object({
        runs: z.array(Id).min(1).max(64),
        source: PictureSource,
        checkpoint: z.enum(['best', 'last']).default('best'),
        batchSize: z.int().min(1).max(4096).optional(),
        device: DeviceChoice.optional(),
        reuse: z.boolean().default(true),
      }),
    )
    .output(JobStarted),
  list: procedure.input(z.object({ run: Id.optional() }).prefault({})).output(z.array(PredictionRow)),
  show: procedure.input(byPrediction).output(PredictionSummary),
  images: procedure
    .input(z.object({ prediction: Id, filter: PredictionFilter.prefault({}), ...PageRequest.shape }))
    .output(z.object({ images: z.array(PredictedImage), total: z.int() })),
  confusion: procedure
    .input(z.object({ prediction: Id, pairs: z.int().min(0).max(1000).default(100) }))
    .output(ConfusionReport),
  classes: procedure.input(byPrediction).output(ClassReport),
  /** Wrong ones, worst loss first; the same as `images` with that filter. */
  mistakes: procedure
    .input(z.object({ prediction: Id, ...PageRequest.shape }))
    .output(z.object({ images: z.array(PredictedImage), total: z.int() })),
  remove: procedure.input(byPrediction).output(z.object({ id: z.string() })),
};
