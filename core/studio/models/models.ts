/** Networks: the registry's cards, and what one looks like at a given size. */
import type { ModelDescription as DescribedModel } from '../../../contract/api/models.ts';
import type { ModelCard } from '../../../contract/network.ts';
import { ModelOptions } from '../../../contract/runSpec.ts';
import { blockDiagram } from '../../models/blockDiagram.ts';
import { describeNetwork, type LayerRow } from '../../models/describe.ts';
import { getModel, listModels } from '../../models/registry.ts';

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

/** With all that is known of its layers. */
export interface ModelDescription extends Omit<DescribedModel, 'name' | 'layers'> {
  readonly card: ModelCard;
  readonly layers: readonly LayerRow[];
}

export interface ModelHandlers {
  list(): ModelCard[];
  /** @throws {StudioError} `model.unknown`, `model.inputTooSmall`, `model.badOption` */
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
