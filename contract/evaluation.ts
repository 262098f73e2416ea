/** One network on one set of images by one protocol: what is stored of it beside the probabilities of each image. */
import { z } from 'zod';
import { Split } from './dataset.ts';
import { ResolvedProtocol } from './protocol.ts';
import { DeviceReport } from './run.ts';
import { Precision } from './runSpec.ts';

/** The images: a split, under the name that its data set had, or a folder, by its absolute path. */
export const EvaluatedImages = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('split'), datasetId: z.string(), datasetName: z.string(), split: Split }),
  z.object({ kind: z.literal('folder'), path: z.string() }),
]);
export type EvaluatedImages = z.infer<typeof EvaluatedImages>;

/** Share from 0 to 1. */
const Share = z.number();

export const EvaluationRecord = z.object({
  id: z.string(),
  /** Null for weights that no run of ours made, and where the run is deleted. */
  runId: z.string().nullable(),
  checkpointSeq: z.int().nullable(),
  weightsPath: z.string().nullable(),
  /** What the network is called in tables. */
  network: z.string(),
  model: z.string(),
  images: EvaluatedImages,
  /** As it was used; never changes. */
  protocol: ResolvedProtocol,
  /** Null in evaluations of earlier versions, which did not keep it. */
  precision: Precision.nullable(),
  /** Only so many images, taken evenly; null for all. */
  limit: z.int().nullable(),
  count: z.int(),
  classes: z.int(),
  /** Null where no image has a label; top-5 also where there are five classes or fewer. */
  top1: Share.nullable(),
  top5: Share.nullable(),
  /** Nats. */
  loss: z.number().nullable(),
  device: DeviceReport,
  imagesPerSec: z.number(),
  /** What the data set held, changes of single images included; null for a folder, and where it was not kept. */
  dataFingerprint: z.string().nullable(),
  createdAt: z.string(),
});
export type EvaluationRecord = z.infer<typeof EvaluationRecord>;

/** "flowers, val", or the folder. */
export function imagesInWords(images: EvaluatedImages): string {
  return images.kind === 'split' ? `${images.datasetName}, ${images.split}` : images.path;
}

/** Equal for the same split of the same data set, and for the same folder. */
export function imagesKey(images: EvaluatedImages): string {
  return images.kind === 'split' ? `${images.datasetId} ${images.split}` : images.path;
}
