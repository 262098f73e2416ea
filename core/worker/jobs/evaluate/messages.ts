/** Networks on the images of a split or a folder by several protocols. */
import { z } from 'zod';
import { Split } from '../../../../contract/dataset.ts';
import { InputSpec } from '../../../../contract/inputSpec.ts';
import { LabelList, Protocol, ResolvedProtocol } from '../../../../contract/protocol.ts';
import { DeviceReport } from '../../../../contract/run.ts';
import { DeviceChoice } from '../../../../contract/deviceChoice.ts';
import { ModelSpec, Precision } from '../../../../contract/runSpec.ts';
import { TensorRename } from '../../../../contract/weights/tensorRename.ts';
import { ValueRange } from '../../../../contract/valueRange.ts';
import { OutputClasses } from '../../../../contract/weights/weights.ts';
import { defineJob } from '../../jobMessages.ts';

/** A network's weights: a checkpoint of ours, or any weight file. */
export const WeightsSource = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('checkpoint'), dir: z.string() }),
  z.object({
    kind: z.literal('file'),
    path: z.string(),
    entry: z.string().optional(),
    renames: z.array(TensorRename).optional(),
  }),
]);
export type WeightsSource = z.infer<typeof WeightsSource>;

/** A network with weights, as it was trained; channels that are left out follow from the colours it is fed. */
export const TrainedNetwork = z.object({
  model: ModelSpec,
  size: z.int().min(1),
  channels: z.int().min(1).optional(),
  /** The file's own where left out. */
  classes: z.int().min(1).optional(),
  /** Classes that the outputs stand for; null where only their number, or a published list of labels, is known. */
  outputs: OutputClasses.nullable().default(null),
  weights: WeightsSource,
});
export type TrainedNetwork = z.infer<typeof TrainedNetwork>;

/**
 * Writes `probabilities.f32` (`[images, classes]`, little endian) and `predictions.json` for each network and protocol
 * into a folder of its own. Every image is decoded once for all of them; a protocol that takes images as a run's packed
 * cache has them is fed from the cache.
 */
export const EvaluateJob = z.object({
  networks: z
    .array(
      z.object({
        network: TrainedNetwork,
        own: z.object({
          input: InputSpec.nullable(),
          labels: LabelList.nullable(),
          /** How samples wider than a byte were read in training. */
          valueRange: ValueRange.optional(),
        }),
        items: z.array(z.object({ protocol: Protocol, outputDir: z.string() })).min(1),
      }),
    )
    .min(1),
  images: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('split'),
      datasetDir: z.string(),
      split: Split,
      /** Only so many images, taken evenly; null for all. */
      limit: z.int().min(1).nullable(),
    }),
    z.object({ kind: z.literal('folder'), path: z.string() }),
  ]),
  batchSize: z.int().min(1),
  precision: Precision,
  device: DeviceChoice,
});
export type EvaluateJob = z.infer<typeof EvaluateJob>;

/**
 * The protocols as they were used and what came out, in the order of the job's networks and their items. `viewsMs` is
 * what the threads took that decode, resize and crop, `computedMs` what a network took by a protocol, `waitedMs` how
 * long they stood still for want of views: the first two overlap as far as their sum is more than `wallMs`.
 */
export const EvaluateResult = z.object({
  protocols: z.array(ResolvedProtocol),
  notes: z.array(z.string()),
  device: DeviceReport,
  /** Shares and nats are null where no picture has a label. */
  scores: z.array(
    z.object({
      count: z.int(),
      classes: z.int(),
      top1: z.number().nullable(),
      top5: z.number().nullable(),
      loss: z.number().nullable(),
      imagesPerSec: z.number(),
    }),
  ),
  timing: z.object({ wallMs: z.number(), viewsMs: z.number(), waitedMs: z.number(), computedMs: z.array(z.number()) }),
});
export type EvaluateResult = z.infer<typeof EvaluateResult>;

export const evaluateJob = defineJob('evaluate', EvaluateJob, EvaluateResult);
