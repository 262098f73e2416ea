/**
 * Dense (fully convolutional) inference: a network over whole pictures of any shape, its dense layers as convolutions
 * (Simonyan and Zisserman 2014, §3.2).
 */
import { StudioError } from '../../contract/errors.ts';
import type { Precision } from '../../contract/runSpec.ts';
import type { CovariancePoolOptions, DenseOptions, PoolOptions, Value } from '../models/builder.ts';
import type { Model, NetworkShape } from '../models/family.ts';
import { Graph, type GraphTensor } from './graph.ts';
import { ForwardBuilder, type ForwardOptions } from './network.ts';
import { Weights } from './networkWeights.ts';
import { cast, reduce, slice } from './ops/arrays.ts';
import { anySizePool } from './ops/anySizePooling.ts';
import type { NetworkProgram } from './program.ts';

interface Feature extends Value {
  readonly tensor: GraphTensor;
}

const asMap = (tensor: GraphTensor): Feature => ({ tensor, shape: tensor.shape.slice(1) });
const rank = ({ tensor }: Feature): number => tensor.shape.length;

/**
 * Shapes that it speaks of are those at the size the network was trained at; the tensors may have any height and width.
 * A flattened map stays a map, and the dense layer after it becomes a convolution with that map's kernel: the same
 * weights in the same order.
 */
class DenseBuilder extends ForwardBuilder {
  readonly #g: Graph;
  readonly #name: string;

  constructor(graph: Graph, weights: Weights, options: ForwardOptions, name: string) {
    super(graph, weights, options);
    this.#g = graph;
    this.#name = name;
  }

  override maxPool(x: Feature, options: PoolOptions): Feature {
    return asMap(anySizePool(this.#g, 'MaxPool', x.tensor, options));
  }
  override avgPool(x: Feature, options: PoolOptions): Feature {
    return asMap(anySizePool(this.#g, 'AvgPool', x.tensor, options));
  }
  override adaptiveMaxPool(x: Feature, grid: number): Feature {
    return this.#unpooled(x, grid);
  }
  override adaptiveAvgPool(x: Feature, grid: number): Feature {
    return this.#unpooled(x, grid);
  }
  override covariancePool(_x: Feature, _name: string, _options?: CovariancePoolOptions): Feature {
    throw this.#notDense('it pools covariances, which give no map of scores');
  }

  override flatten(x: Feature): Feature {
    return { tensor: x.tensor, shape: [x.shape.reduce((product, side) => product * side, 1)] };
  }

  override tokens(): Feature {
    throw this.#notDense('it sees a fixed number of patches');
  }
  override roll(): Feature {
    throw this.#notDense('its attention sees windows of a fixed number of cells');
  }
  override windowAttention(): Feature {
    throw this.#notDense('its attention sees windows of a fixed number of cells');
  }

  override dense(x: Feature, name: string, options: DenseOptions): Feature {
    // A dense layer of each cell of a map is a convolution already.
    if (rank(x) === 2 || x.shape.length === 3) return super.dense(x, name, options);
    const [, height = 1, width = 1] = x.tensor.shape;
    const { units, bias } = options;
    const { tensor } = super.conv(asMap(x.tensor), name, {
      filters: units,
      kernel: [height, width],
      ...(bias !== undefined && { bias }),
    });
    return { tensor, shape: [units] };
  }

  override sliceChannels(x: Feature, from: number, to: number): Feature {
    const zeros = new Array<number>(rank(x) - 1).fill(0);
    const { tensor } = x;
    const part = slice(this.#g, tensor, [...zeros, from], [...zeros.map(() => -1), to - from]);
    return asMap(part);
  }

  #unpooled(x: Feature, grid: number): Feature {
    if (x.shape[0] === grid && x.shape[1] === grid) return x;
    throw this.#notDense(
      `at the size it was trained at it pools a map of ${x.shape[0]} × ${x.shape[1]} to ` +
        `${grid} × ${grid} before its dense layers`,
    );
  }

  #notDense(why: string): StudioError {
    return new StudioError('input.invalid', `${this.#name} cannot be evaluated densely: ${why}.`, {
      remedy: 'Choose a protocol with crops.',
    });
  }
}

/** A network that only infers. */
export type InferenceProgram = Pick<NetworkProgram, 'graph' | 'signatures' | 'weights'>;

/**
 * Signature `infer`: images float32 `[n, height, width, channels]`, already as the first layer wants them, of any
 * height and width not below what it was trained at → logits `[n, classes]`, the mean of the score map. `shape` is that
 * of the training.
 * @throws {StudioError} input.invalid: where the network has no score map
 */
export function denseProgram(model: Model, shape: NetworkShape, precision: Precision): InferenceProgram {
  const g = new Graph();
  const weights = new Weights(g);
  const { size, channels, classes } = shape;
  const anySize = { shape: { shape: [-1, -1, -1, channels] }, dtype: { type: 'float32' } } as const;
  const images = g.one('Placeholder', [], anySize, [-1, size, size, channels], 'float32', { name: 'images' });
  const builder = new DenseBuilder(g, weights, { precision, training: false }, model.name);
  const { tensor } = model.build<Feature>(
    builder,
    asMap(cast(g, images, precision === 'bf16' ? 'bfloat16' : 'float32')),
    shape,
  );
  const scores = cast(g, tensor, 'float32');
  const logits = scores.shape.length === 4 ? reduce(g, 'Mean', scores, [1, 2]) : scores;
  if (logits.shape.length !== 2 || logits.shape[1] !== classes)
    throw new Error(`${model.name} returned [${logits.shape.join()}], not [batch, ${classes}]`);
  return {
    graph: g,
    signatures: { infer: { inputs: { images }, outputs: { logits }, updates: [] } },
    weights: weights.list,
  };
}
