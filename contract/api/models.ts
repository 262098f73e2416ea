/** Networks: what can be trained, and what one looks like at a size. */
import { z } from 'zod';
import { DiagramStage, LayerInfo, ModelCard, TrainingMemory } from '../network.ts';
import { ModelOptions, Precision } from '../runSpec.ts';
import { Id, procedure } from './procedure.ts';

export const ModelRow = ModelCard.extend({
  /** For three channels of `nativeSize` and 1,000 classes; multiply-adds of one image. */
  learnable: z.int(),
  multiplyAdds: z.number(),
});
export type ModelRow = z.infer<typeof ModelRow>;

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
  memory: TrainingMemory,
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
