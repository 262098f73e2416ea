/** What a network is as data: its card, its layers, its drawing and its memory. */
import { z } from 'zod';
import { INPUT_FIELDS, Interpolation } from './inputSpec.ts';
import { LabelList } from './protocol.ts';
import { ModelOptions } from './runSpec.ts';

/**
 * How the published weights' authors fed and measured them; ours are measured under the same protocol before they are
 * compared.
 */
export const PublishedInput = z.object({
  /** Side of the centre crop the network sees, pixels. */
  size: z.int(),
  /** Short side that the image is resized to before the crop, pixels. */
  resize: z.int(),
  interpolation: Interpolation.exclude(['nearest']),
  ...INPUT_FIELDS,
  mean: INPUT_FIELDS.mean.readonly(),
  std: INPUT_FIELDS.std.readonly(),
  /** Class numbering of the weights. */
  labels: LabelList,
});
export type PublishedInput = Readonly<z.infer<typeof PublishedInput>>;

/** An accuracy somebody else measured; shown with its protocol or not at all. Errors in per cent. */
export const PublishedResult = z.object({
  dataset: z.string(),
  protocol: z.string(),
  top1ErrorPct: z.number(),
  top5ErrorPct: z.number().nullable(),
});
export type PublishedResult = Readonly<z.infer<typeof PublishedResult>>;

export const ModelCard = z.object({
  /** Registry name, `arch` or `arch.tag`. */
  name: z.string(),
  aliases: z.array(z.string()).readonly(),
  family: z.string(),
  title: z.string(),
  /** Side of the input the definition was published for, pixels. */
  nativeSize: z.int(),
  minSize: z.int(),
  paper: z.string(),
  source: z.string(),
  license: z.string(),
  notes: z.string(),
  /** Null where no weights of this definition are published. */
  preprocessing: PublishedInput.nullable(),
  published: z.array(PublishedResult).readonly(),
  /** Options this network understands; others are refused, not ignored, and a form shows only these. */
  supports: z.array(ModelOptions.keyof()).readonly(),
  /** Smallest input side with the option `smallInput`, pixels; null where the network has no such stem. */
  minSizeSmallInput: z.int().nullable(),
});
export type ModelCard = Readonly<z.infer<typeof ModelCard>>;

/** One line of a network's table of layers, as far as a screen shows it. */
export const LayerInfo = z.object({
  /** Name given by the network, or `<kind>_<n>` for layers without weights. */
  name: z.string(),
  kind: z.string(),
  input: z.array(z.int()).readonly(),
  output: z.array(z.int()).readonly(),
  kernel: z.tuple([z.int(), z.int()]).readonly().optional(),
  stride: z.int().optional(),
  learnable: z.int(),
  /**
   * Multiply-accumulates of one image: convolutions, dense layers, attention and covariance pooling; everything else
   * counts 0.
   */
  multiplyAdds: z.number(),
  /** Side of the input square, pixels, that one cell of the output depends on; null after the feature map is gone. */
  receptiveField: z.int().nullable(),
});
export type LayerInfo = Readonly<z.infer<typeof LayerInfo>>;

/** Neighbours that are alike are one block with `repeats`. */
export const DiagramBlock = z.object({
  /** Of the first block, and of the last where several are alike. */
  first: z.string(),
  last: z.string(),
  repeats: z.int(),
  /** What one of them does, in order: `3×3 64 /2`, `max pool 3×3 /2`, `add`. */
  steps: z.array(z.string()).readonly(),
  output: z.array(z.int()).readonly(),
  /** Of all of them. */
  learnable: z.int(),
  multiplyAdds: z.number(),
});
export type DiagramBlock = Readonly<z.infer<typeof DiagramBlock>>;

export const DiagramStage = z.object({
  /** Side of the feature maps that its blocks end with, pixels; null for vectors. */
  side: z.int().nullable(),
  blocks: z.array(DiagramBlock).readonly(),
});
export type DiagramStage = Readonly<z.infer<typeof DiagramStage>>;

/** What one training step needs, bytes. */
export const TrainingMemory = z.object({
  /** Learnable weights and moving averages. */
  weightsBytes: z.number(),
  gradientsBytes: z.number(),
  /** The variables that the optimizer keeps beside each trained weight. */
  optimizerBytes: z.number(),
  activationsBytes: z.number(),
  /** An activation's gradient coming in, one going out, and a work area of the same size. */
  workBytes: z.number(),
  totalBytes: z.number(),
});
export type TrainingMemory = Readonly<z.infer<typeof TrainingMemory>>;
