/** Networks: the registry's cards, and what one looks like at a given size. */
import { ModelOptions } from '../../../contract/runSpec.ts';
import { blockDiagram, type DiagramStage } from '../../models/blockDiagram.ts';
import { describeNetwork, type LayerRow } from '../../models/describe.ts';
import type { ModelCard } from '../../models/family.ts';
import { getModel, listModels } from '../../models/registry.ts';
import type { TrainingMemory } from '../../models/trainingMemory.ts';

export interface DescribeRequest {
  readonly name: string;
  /** Side of the picture, pixels; the network's own unless given. */
  readonly size?: number;
  readonly channels?: number;
  readonly classes?: number;
  readonly batchSize?: number;
  readonly precision?: 'f32' | 'bf16';
  readonly options?: ModelOptions;
}

export interface ModelDescription {
  readonly card: ModelCard;
  readonly input: readonly number[];
  readonly classes: number;
  readonly layers: readonly LayerRow[];
  readonly stages: readonly DiagramStage[];
  readonly learnable: number;
  readonly statistics: number;
  /** Of one picture. */
  readonly multiplyAdds: number;
  readonly batchSize: number;
  readonly precision: 'f32' | 'bf16';
  readonly memory: TrainingMemory;
}

export interface ModelHandlers {
  list(): ModelCard[];
  /** @throws StudioError `model.unknown`, `model.inputTooSmall`, `model.badOption` */
  describe(request: DescribeRequest): ModelDescription;
}

export function createModelHandlers(): ModelHandlers {
  return {
    list: listModels,
    describe({ name, size, channels = 3, classes = 1000, batchSize = 64, precision = 'f32', options = {} }) {
      const model = getModel(name);
      const { build, ...card } = model;
      const description = describeNetwork(model, {
        size: size ?? model.nativeSize,
        channels,
        classes,
        options: ModelOptions.parse(options),
      });
      const { input, layers, learnable, statistics, multiplyAdds } = description;
      return {
        card,
        input,
        classes,
        layers,
        stages: blockDiagram(layers),
        learnable,
        statistics,
        multiplyAdds,
        batchSize,
        precision,
        memory: description.memory(batchSize, precision),
      };
    },
  };
}
