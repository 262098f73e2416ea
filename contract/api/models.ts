/** Networks: what can be trained, and what one looks like at a size. */
import { z } from 'zod';
import { ModelOptions, Precision } from '../runSpec.ts';
import { Id, procedure } from './procedure.ts';

export const ModelRow = z.object({
  name: z.string(),
  aliases: z.array(z.string()).readonly(),
  family: z.string(),
  title: z.string(),
  nativeSize: z.int(),
  minSize: z.int(),
  paper: z.string(),
  source: z.string(),
  license: z.string(),
  notes: z.string(),
  published: z
    .array(
      z.object({
        dataset: z.string(),
        protocol: z.string(),
        top1ErrorPct: z.number(),
        top5ErrorPct: z.number().nullable(),
      }),
    )
    .readonly(),
  /** For three channels of `nativeSize` and 1,000 classes; multiply-adds of one picture. */
  learnable: z.int(),
  multiplyAdds: z.number(),
  /** Options it understands; a form shows only these. */
  supports: z.array(ModelOptions.keyof()).readonly(),
  minSizeSmallInput: z.int().nullable(),
  /** How the published weights' authors fed them; null where none are published. */
  preprocessing: z
    .object({
      size: z.int(),
      resize: z.int(),
      interpolation: z.string(),
      channelOrder: z.enum(['rgb', 'bgr']),
      scale: z.number(),
      mean: z.array(z.number()).readonly(),
      std: z.array(z.number()).readonly(),
      labels: z.string(),
    })
    .nullable(),
});
export type ModelRow = z.infer<typeof ModelRow>;

export const LayerInfo = z.object({
  name: z.string(),
  kind: z.string(),
  input: z.array(z.int()).readonly(),
  output: z.array(z.int()).readonly(),
  kernel: z.array(z.int()).readonly().optional(),
  stride: z.int().optional(),
  learnable: z.int(),
  multiplyAdds: z.number(),
  receptiveField: z.int().nullable(),
});
export type LayerInfo = z.infer<typeof LayerInfo>;

export const DiagramStage = z.object({
  /** Side of the feature maps that its blocks end with, pixels; null for vectors. */
  side: z.int().nullable(),
  /**
   * Neighbours that are alike are one block with `repeats`, named by the first and the last of them; the figures are
   * those of all.
   */
  blocks: z
    .array(
      z.object({
        first: z.string(),
        last: z.string(),
        repeats: z.int(),
        steps: z.array(z.string()).readonly(),
        output: z.array(z.int()).readonly(),
        learnable: z.int(),
        multiplyAdds: z.number(),
      }),
    )
    .readonly(),
});
export type DiagramStage = z.infer<typeof DiagramStage>;

export const MemoryEstimate = z.object({
  weightsBytes: z.number(),
  gradientsBytes: z.number(),
  optimizerBytes: z.number(),
  activationsBytes: z.number(),
  workBytes: z.number(),
  totalBytes: z.number(),
});
export type MemoryEstimate = z.infer<typeof MemoryEstimate>;

export const ModelDescription = z.object({
  name: z.string(),
  input: z.array(z.int()).readonly(),
  classes: z.int(),
  layers: z.array(LayerInfo).readonly(),
  stages: z.array(DiagramStage).readonly(),
  learnable: z.int(),
  statistics: z.int(),
  /** Of one picture. */
  multiplyAdds: z.number(),
  batchSize: z.int(),
  precision: Precision,
  memory: MemoryEstimate,
});
export type ModelDescription = z.infer<typeof ModelDescription>;

export const modelsContract = {
  list: procedure.output(z.array(ModelRow)),
  describe: procedure
    .input(
      z.object({
        name: Id,
        size: z.int().min(1).max(4096).optional(),
        channels: z.int().min(1).max(4).default(3),
        classes: z.int().min(2).max(100000).default(1000),
        batchSize: z.int().min(1).max(65536).default(64),
        precision: Precision.default('f32'),
        options: ModelOptions.prefault({}),
      }),
    )
    .output(ModelDescription),
};
