/**
 * What a network is without computing it: layer table, weights, totals and memory. Pure and quick; hosts, forms and
 * tests use it.
 */
import type { TrainingMemory } from '../../contract/network.ts';
import { DescribeBuilder } from './describeBuilder.ts';
import type { Model, NetworkShape } from './family.ts';
import type { LayerRow } from './layerRow.ts';
import { total } from './symbolic.ts';
import { trainingMemory } from './trainingMemory.ts';
import type { WeightSpec } from './weightSpecs.ts';

export type { LayerRow };

export interface NetworkDescription {
  readonly name: string;
  readonly input: readonly number[];
  readonly layers: readonly LayerRow[];
  /** In the order that the layers are built. */
  readonly weights: readonly WeightSpec[];
  readonly learnable: number;
  readonly statistics: number;
  readonly multiplyAdds: number;
  /**
   * Of a training step, for a batch and precision.
   * @param updates `trained`: learnable numbers that are not frozen; `slots`: numbers that the optimizer keeps for each
   * of them, two (Adam's) where left out
   */
  memory(
    batchSize: number,
    precision: 'f32' | 'bf16',
    updates?: { readonly trained?: number; readonly slots?: number },
  ): TrainingMemory;
}

const ADAM_SLOTS = 2;

/**
 * Builds `model` symbolically.
 * @throws {StudioError} model.inputTooSmall, model.badOption: as the network's own `build` does
 */
export function describeNetwork(model: Model, shape: NetworkShape): NetworkDescription {
  const builder = new DescribeBuilder();
  const input = builder.start([shape.size, shape.size, shape.channels]);
  const logits = model.build(builder, input, shape);
  if (logits.shape.length !== 1 || logits.shape[0] !== shape.classes) {
    throw new Error(`${model.name} ends in [${logits.shape.join(', ')}] instead of [${shape.classes}]`);
  }
  const { layers } = builder;
  const weights = layers.flatMap((layer) => layer.weights);
  const learnable = total(layers, (layer) => layer.learnable);
  const statistics = total(layers, (layer) => layer.statistics);
  return {
    name: model.name,
    input: input.shape,
    layers,
    weights,
    learnable,
    statistics,
    multiplyAdds: total(layers, (layer) => layer.multiplyAdds),
    memory: (batchSize, precision, { trained = learnable, slots = ADAM_SLOTS } = {}) =>
      trainingMemory({ learnable, trained, slots, statistics, ...builder.activations() }, batchSize, precision),
  };
}

/** Whether what a layer makes of an image depends on the other images of its batch. */
export function hasBatchNorm(model: Model, shape: NetworkShape): boolean {
  return describeNetwork(model, shape).layers.some(({ kind }) => kind === 'batchNorm');
}
