/** What the stored probabilities of images say: image by image, by classes, and in one figure. */
import { z } from 'zod';

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

/** Of one network. */
export const StoredFigures = z.object({
  classNames: z.array(z.string()),
  labelled: z.int(),
  top1Accuracy: AccuracyReport,
  top5Accuracy: AccuracyReport,
  logLoss: z.number().nullable(),
  calibration: CalibrationReport,
  skipped: z.array(z.object({ path: z.string(), reason: z.string() })),
});
export type StoredFigures = z.infer<typeof StoredFigures>;
