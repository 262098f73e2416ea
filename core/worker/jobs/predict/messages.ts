/** The probabilities of a run for a split or a folder. */
import { z } from 'zod';
import { Split } from '../../../../contract/dataset.ts';
import { DeviceReport } from '../../../../contract/run.ts';
import { DeviceChoice, RunSpec } from '../../../../contract/runSpec.ts';
import { defineJob } from '../../jobMessages.ts';

/**
 * Writes `probabilities.f32` (`[images, classes]`, little endian) and `predictions.json` into `outputDir`: result
 * `PredictResult`.
 */
export const PredictJob = z.object({
  spec: RunSpec,
  checkpointDir: z.string(),
  batchSize: z.int().min(1),
  device: DeviceChoice,
  source: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('split'), datasetDir: z.string(), split: Split }),
    z.object({ kind: z.literal('folder'), path: z.string() }),
  ]),
  outputDir: z.string(),
});
export type PredictJob = z.infer<typeof PredictJob>;

/** Accuracies are null where no picture has a label. */
export const PredictResult = z.object({
  count: z.int(),
  classes: z.int(),
  top1: z.number().nullable(),
  top5: z.number().nullable(),
  device: DeviceReport,
  imagesPerSec: z.number(),
});
export type PredictResult = z.infer<typeof PredictResult>;

export const predictJob = defineJob('predict', PredictJob, PredictResult);
