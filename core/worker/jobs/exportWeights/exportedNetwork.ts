/**
 * A network with its weights, made ready for other programs: pictures in, probabilities out, every layer within reach.
 */
import { StudioError } from '../../../../contract/errors.ts';
import type { InputSpec } from '../../../../contract/inputSpec.ts';
import { freeze, type FrozenGraph } from '../../../engine/export/frozen.ts';
import { Graph, type Dtype, type GraphTensor } from '../../../engine/graph.ts';
import { ForwardBuilder } from '../../../engine/network.ts';
import { Weights } from '../../../engine/networkWeights.ts';
import { cast, unary } from '../../../engine/ops/arrays.ts';
import type { Builder, Value } from '../../../models/builder.ts';
import { describeNetwork } from '../../../models/describe.ts';
import type { Model, NetworkShape } from '../../../models/family.ts';

export interface ExportedNetworkOptions {
  readonly model: Model;
  readonly shape: NetworkShape;
  readonly values: ReadonlyMap<string, Float32Array>;
  /** What happens to pixels inside; null: they come as the first layer wants them. */
  readonly input: InputSpec | null;
  readonly pixels: Extract<Dtype, 'uint8' | 'int32' | 'float32'>;
}

/**
 * Input `images` `[batch, size, size, channels]`: red, green, blue also where the network sees Lab. Outputs `logits`,
 * `probabilities` `[batch, classes]`, `class` `[batch]`.
 * @throws {StudioError} `input.invalid`
 */
export function exportedNetwork({ model, shape, values, input, pixels }: ExportedNetworkOptions): FrozenGraph {
  const g = new Graph();
  const builder = new ForwardBuilder(g, new Weights(g), { precision: 'f32', training: false });
  const isLab = input?.color === 'lab' || input?.color === 'ab';
  if (isLab && pixels === 'float32')
    throw new StudioError('input.invalid', 'Lab is made of whole numbers 0–255 inside the exported network.', {
      remedy: 'Choose uint8 or int32 for the pixels.',
    });
  const images = g.placeholder('images', pixels, [-1, shape.size, shape.size, isLab ? 3 : shape.channels]);
  const first = input
    ? builder.input(images, input)
    : { tensor: cast(g, images, 'float32'), shape: images.shape.slice(1) };
  const seen: GraphTensor[] = [];
  const { tensor: logits } = model.build(
    watched(builder, (value) => {
      seen.push(value.tensor);
    }),
    first,
    shape,
  );
  // Every interpreter of a network meets its layers in the same order, so the description's names fit.
  const rows = describeNetwork(model, shape).layers;
  if (rows.length !== seen.length)
    throw new Error(`${model.name} has ${rows.length} layers, ${seen.length} were built`);
  const index = g.one(
    'ArgMax',
    [logits, g.int(1)],
    { T: { type: 'float32' }, Tidx: { type: 'int32' }, output_type: { type: 'int32' } },
    [-1],
    'int32',
  );
  return freeze({
    inputs: { images },
    outputs: { logits, probabilities: unary(g, 'Softmax', logits), class: index },
    layers: new Map(rows.map(({ name }, i) => [name, seen[i]!])),
    weights: values,
  });
}

/** `builder`, telling the output of each layer. */
function watched<V extends Value>(builder: Builder<V>, seen: (output: V) => void): Builder<V> {
  return new Proxy(builder, {
    get: (target, key) => {
      const layer = Reflect.get(target, key) as (...args: unknown[]) => V;
      return (...args: unknown[]): V => {
        const output = layer.apply(target, args);
        seen(output);
        return output;
      };
    },
  });
}
