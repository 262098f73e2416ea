/** The builder's forward interpreter: turns a network into graph nodes and its weights into variables. */
import type { InputSpec } from '../../contract/inputSpec.ts';
import type { Precision } from '../../contract/runSpec.ts';
import type { Activation } from '../models/activations.ts';
import type {
  Builder,
  ConvOptions,
  ConvPadding,
  CovariancePoolOptions,
  DenseOptions,
  Initializer,
  PoolOptions,
  Value,
  WindowAttentionOptions,
} from '../models/builder.ts';
import { kernelSides } from '../models/geometry.ts';
import {
  batchNormWeights,
  convWeights,
  denseWeights,
  embeddingWeights,
  normWeights,
  relativeBiasWeights,
  scaleWeights,
  type WeightKind,
  type WeightSpec,
} from '../models/weightSpecs.ts';
import type { Weights } from './networkWeights.ts';
import { normalisedPictures } from './ops/pictures.ts';
import type { Graph, GraphNode, GraphTensor, Variable } from './graph.ts';
import { ACTIVATION_FORMULAS } from './ops/activations.ts';
import { attention, windowAttention } from './ops/attention.ts';
import { covariancePool, type CovarianceType } from './ops/covariance.ts';
import { adaptivePool, pooled } from './ops/pooling.ts';
import {
  atLeast,
  binary,
  cast,
  concat,
  gather,
  matMul,
  pad,
  reduce,
  reshape,
  roll,
  slice,
  statelessUniform,
  stridedSlice,
  transpose,
} from './ops/arrays.ts';
import { biasAdd, conv2d, depthwiseConv2d, fusedBatchNorm, leakyRelu, type Pads } from './ops/neural.ts';
import { layerNorm, responseNorm } from './ops/normalisation.ts';
import { spectralNorm } from './ops/spectralNorm.ts';

interface Feature extends Value {
  readonly tensor: GraphTensor;
}

export interface ForwardOptions {
  readonly precision: Precision;
  /** float32 unless given. */
  readonly covariance?: CovarianceType;
  /** Batch statistics and dropout instead of moving averages. */
  readonly training: boolean;
  /** Layers that keep their statistics and power iterations in training, and use them as in inference. */
  readonly frozen?: ReadonlySet<string>;
  /** int32 `[2]`: run seed and step; needed where dropout is used in training. */
  readonly seed?: GraphTensor;
}

export function padsOf(padding: ConvPadding | undefined): Pads {
  return typeof padding === 'object' || padding === 'same'
    ? padding
    : [
        [padding ?? 0, padding ?? 0],
        [padding ?? 0, padding ?? 0],
      ];
}

export class ForwardBuilder implements Builder<Feature> {
  /** Nodes that keep the moving averages, in training. */
  readonly updates: GraphNode[] = [];
  /** σ of each spectrally normalised layer, float32 scalars. */
  readonly spectralNorms = new Map<string, GraphTensor>();
  readonly #g: Graph;
  readonly #weights: Weights;
  readonly #options: ForwardOptions;
  readonly #lowered = new Map<Variable, GraphTensor>();
  #dropouts = 0;

  constructor(graph: Graph, weights: Weights, options: ForwardOptions) {
    this.#g = graph;
    this.#weights = weights;
    this.#options = options;
  }

  /** uint8 `[batch, size, size, channels]` to normalised input in the computing precision. */
  input(images: GraphTensor, input: InputSpec): Feature {
    return this.#feature(cast(this.#g, normalisedPictures(this.#g, images, input), this.#dtype));
  }

  get #dtype(): 'float32' | 'bfloat16' {
    return this.#options.precision === 'bf16' ? 'bfloat16' : 'float32';
  }

  #feature(tensor: GraphTensor): Feature {
    return { tensor, shape: tensor.shape.slice(1) };
  }

  /** The variable in the computing precision: one cast a run, however often it is used. */
  #value(variable: Variable): GraphTensor {
    const known = this.#lowered.get(variable);
    if (known) return known;
    const made = cast(this.#g, variable.value, this.#dtype);
    this.#lowered.set(variable, made);
    return made;
  }

  conv(x: Feature, name: string, o: ConvOptions): Feature {
    const g = this.#g;
    const [kh, kw] = kernelSides(o.kernel);
    const inputs = x.shape[2]!;
    const groups = o.groups ?? 1;
    const weights = this.#weightsOf(convWeights(name, inputs, o));
    const kernel = weights('kernel');
    const value = o.spectralNorm ? this.#spectrallyNormed(name, kernel, weights) : this.#value(kernel);
    const attrs = { stride: o.stride ?? 1, dilation: o.dilation ?? 1, pads: padsOf(o.padding) };
    // [h, w, 1, c·m] holds the m filters of channel i at i·m … i·m + m − 1, which is the depthwise layout [h, w, c, m]
    // row by row.
    const depthwise = groups === inputs && groups > 1;
    const y = depthwise
      ? depthwiseConv2d(g, x.tensor, reshape(g, value, [kh, kw, inputs, o.filters / groups]), attrs)
      : conv2d(g, x.tensor, value, attrs);
    return this.#feature((o.bias ?? true) ? biasAdd(g, y, this.#value(weights('bias'))) : y);
  }

  dense(x: Feature, name: string, o: DenseOptions): Feature {
    const g = this.#g;
    const inputs = x.shape.at(-1)!;
    const weights = this.#weightsOf(denseWeights(name, inputs, o));
    const kernel = this.#value(weights('kernel'));
    const biased = (y: GraphTensor) => ((o.bias ?? true) ? biasAdd(g, y, this.#value(weights('bias'))) : y);
    // On a map it is a convolution with a kernel of one cell.
    if (x.shape.length === 3) {
      const cell = reshape(g, kernel, [1, 1, inputs, o.units]);
      return this.#feature(biased(conv2d(g, x.tensor, cell, { stride: 1, dilation: 1, pads: padsOf(0) })));
    }
    if (x.shape.length === 1) return this.#feature(biased(matMul(g, x.tensor, kernel)));
    const rows = biased(matMul(g, reshape(g, x.tensor, [-1, inputs]), kernel));
    return this.#feature(reshape(g, rows, [-1, ...x.shape.slice(0, -1), o.units]));
  }

  layerNorm(x: Feature, name: string, { epsilon = 1e-6 }: { readonly epsilon?: number } = {}): Feature {
    const weights = this.#weightsOf(normWeights(name, x.shape.at(-1)!));
    const [gamma, beta] = [weights('gamma').value, weights('beta').value];
    return this.#feature(layerNorm(this.#g, x.tensor, { gamma, beta }, epsilon));
  }

  layerScale(x: Feature, name: string, start: number): Feature {
    const weights = this.#weightsOf(scaleWeights(name, x.shape.at(-1)!, start));
    return this.#feature(binary(this.#g, 'Mul', x.tensor, this.#value(weights('gamma'))));
  }

  responseNorm(x: Feature, name: string): Feature {
    const weights = this.#weightsOf(normWeights(name, x.shape.at(-1)!, 0));
    const [gamma, beta] = [weights('gamma').value, weights('beta').value];
    return this.#feature(responseNorm(this.#g, x.tensor, { gamma, beta }));
  }

  batchNorm(
    x: Feature,
    name: string,
    o: { readonly epsilon?: number; readonly momentum?: number; readonly gammaInit?: Initializer } = {},
  ): Feature {
    const g = this.#g;
    const channels = x.shape.at(-1)!;
    const weights = this.#weightsOf(batchNormWeights(name, channels, o));
    const gamma = weights('gamma');
    const beta = weights('beta');
    const mean = weights('mean');
    const variance = weights('variance');
    const training = this.#learns(name);
    // A vector is normalised as a 1 × 1 map.
    const map = x.shape.length === 1 ? reshape(g, x.tensor, [-1, 1, 1, channels]) : x.tensor;
    const out = fusedBatchNorm(
      g,
      map,
      { gamma: gamma.value, beta: beta.value, mean: mean.value, variance: variance.value },
      o.epsilon ?? 1e-5,
      training,
    );
    if (training) {
      const share = g.float(1 - (o.momentum ?? 0.9));
      for (const [variable, batch] of [
        [mean, out.mean],
        [variance, out.variance],
      ] as const) {
        const change = binary(g, 'Mul', binary(g, 'Sub', variable.value, batch), share);
        this.updates.push(g.add('AssignSubVariableOp', [variable.handle, change], { dtype: { type: 'float32' } }, []));
      }
    }
    return this.#feature(x.shape.length === 1 ? reshape(g, out.y, [-1, channels]) : out.y);
  }

  /** Whether the layer's own state follows the batches. */
  #learns(layer: string): boolean {
    return this.#options.training && !(this.#options.frozen?.has(layer) ?? false);
  }

  #spectrallyNormed(layer: string, kernel: Variable, weights: (kind: WeightKind) => Variable): GraphTensor {
    const vectors = [weights('leftVector'), weights('rightVector')] as const;
    const normed = spectralNorm(this.#g, kernel, ...vectors, this.#learns(layer));
    this.spectralNorms.set(layer, normed.sigma);
    this.updates.push(...normed.updates);
    return cast(this.#g, normed.kernel, this.#dtype);
  }

  #weightsOf(specs: readonly WeightSpec[]): (kind: WeightKind) => Variable {
    return (kind) => {
      const spec = specs.find((s) => s.kind === kind);
      if (!spec) throw new Error(`this layer has no ${kind}`);
      return this.#weights.get(spec);
    };
  }

  activation(x: Feature, kind: Activation): Feature {
    return this.#feature(ACTIVATION_FORMULAS[kind](this.#g, x.tensor));
  }
  relu(x: Feature): Feature {
    return this.activation(x, 'relu');
  }
  leakyRelu(x: Feature, slope: number): Feature {
    return this.#feature(leakyRelu(this.#g, x.tensor, slope));
  }
  sigmoid(x: Feature): Feature {
    return this.activation(x, 'sigmoid');
  }
  maxPool(x: Feature, o: PoolOptions): Feature {
    return this.#feature(pooled(this.#g, 'MaxPool', x.tensor, o));
  }
  avgPool(x: Feature, o: PoolOptions): Feature {
    return this.#feature(pooled(this.#g, 'AvgPool', x.tensor, o));
  }
  adaptiveMaxPool(x: Feature, grid: number): Feature {
    return this.#feature(adaptivePool(this.#g, 'MaxPool', x.tensor, grid));
  }
  adaptiveAvgPool(x: Feature, grid: number): Feature {
    return this.#feature(adaptivePool(this.#g, 'AvgPool', x.tensor, grid));
  }
  globalAvgPool(x: Feature): Feature {
    return this.#feature(reduce(this.#g, 'Mean', x.tensor, x.shape.length === 3 ? [1, 2] : [1]));
  }
  flatten(x: Feature): Feature {
    return this.#feature(reshape(this.#g, x.tensor, [-1, x.shape.reduce((n, d) => n * d, 1)]));
  }

  dropout(x: Feature, _name: string, rate: number, unit: 'value' | 'picture' = 'value'): Feature {
    if (!this.#options.training || rate === 0) return x;
    const g = this.#g;
    const { seed } = this.#options;
    if (!seed) throw new Error('dropout needs a seed');
    // Every layer draws from its own stream: the seed's second word, which holds the step, is shifted by the layer's
    // number.
    const own = binary(g, 'AddV2', seed, g.ints([Math.imul(++this.#dropouts, 0x9e3779b1) | 0, 0]));
    // One value a picture is enough where it stands or falls as a whole.
    const like =
      unit === 'value'
        ? x.tensor
        : slice(
            g,
            x.tensor,
            x.tensor.shape.map(() => 0),
            x.tensor.shape.map((side, axis) => (axis === 0 ? side : 1)),
          );
    const keep = cast(g, atLeast(g, statelessUniform(g, like, own), g.float(rate)), this.#dtype);
    return this.#feature(
      binary(g, 'Mul', binary(g, 'Mul', x.tensor, keep), cast(g, g.float(1 / (1 - rate)), this.#dtype)),
    );
  }

  add(a: Feature, b: Feature, scale = 1): Feature {
    const g = this.#g;
    const scaled = scale === 1 ? b.tensor : binary(g, 'Mul', b.tensor, cast(g, g.float(scale), b.tensor.dtype));
    return this.#feature(binary(g, 'AddV2', a.tensor, scaled));
  }

  concat(values: readonly Feature[]): Feature {
    return this.#feature(
      concat(
        this.#g,
        values.map((v) => v.tensor),
        values[0]?.tensor.shape.length === 2 ? 1 : 3,
      ),
    );
  }

  sliceChannels(x: Feature, from: number, to: number): Feature {
    const rank = x.tensor.shape.length;
    return this.#feature(
      slice(
        this.#g,
        x.tensor,
        [...new Array<number>(rank - 1).fill(0), from],
        [...x.tensor.shape.slice(0, -1), to - from],
      ),
    );
  }

  scaleChannels(x: Feature, scale: Feature): Feature {
    return this.#feature(binary(this.#g, 'Mul', x.tensor, reshape(this.#g, scale.tensor, [-1, 1, 1, x.shape[2]!])));
  }

  multiply(a: Feature, b: Feature): Feature {
    return this.#feature(binary(this.#g, 'Mul', a.tensor, b.tensor));
  }
  covariancePool(x: Feature, _name: string, options: CovariancePoolOptions = {}): Feature {
    return this.#feature(covariancePool(this.#g, x.tensor, options, this.#options.covariance ?? 'float32'));
  }

  tokens(x: Feature): Feature {
    const [height, width, channels] = x.shape as [number, number, number];
    return this.#feature(reshape(this.#g, x.tensor, [-1, height * width, channels]));
  }
  transpose(x: Feature): Feature {
    return this.#feature(transpose(this.#g, x.tensor, [0, 2, 1]));
  }
  classToken(x: Feature, name: string): Feature {
    const g = this.#g;
    const channels = x.shape[1]!;
    const token = this.#value(this.#weightsOf(embeddingWeights(name, 1, channels))('embedding'));
    // One a picture: zeros of a picture's first token, and the token added to them.
    const first = slice(g, x.tensor, [0, 0, 0], [-1, 1, channels]);
    const zeros = binary(g, 'Mul', first, cast(g, g.float(0), first.dtype));
    return this.#feature(concat(g, [binary(g, 'AddV2', zeros, token), x.tensor], 1));
  }
  positionEmbedding(x: Feature, name: string): Feature {
    const [count, channels] = x.shape as [number, number];
    const positions = this.#weightsOf(embeddingWeights(name, count, channels))('embedding');
    return this.#feature(binary(this.#g, 'AddV2', x.tensor, this.#value(positions)));
  }
  firstToken(x: Feature): Feature {
    const channels = x.shape[1]!;
    return this.#feature(reshape(this.#g, slice(this.#g, x.tensor, [0, 0, 0], [-1, 1, channels]), [-1, channels]));
  }
  attention(x: Feature, heads: number): Feature {
    return this.#feature(attention(this.#g, x.tensor, heads));
  }
  windowAttention(x: Feature, name: string, options: WindowAttentionOptions): Feature {
    const { window, heads } = options;
    const table = this.#weightsOf(relativeBiasWeights(name, window, heads))('relativeBias');
    return this.#feature(windowAttention(this.#g, x.tensor, table.value, options));
  }

  roll(x: Feature, cells: number): Feature {
    return this.#feature([1, 2].reduce((map, axis) => roll(this.#g, map, axis, cells), x.tensor));
  }
  extendMap(x: Feature, height: number, width: number): Feature {
    const [h, w] = x.shape as [number, number];
    const sides = [
      [0, 0],
      [0, height - h],
      [0, width - w],
      [0, 0],
    ] as const;
    return this.#feature(pad(this.#g, x.tensor, sides));
  }
  cropMap(x: Feature, height: number, width: number): Feature {
    return this.#feature(slice(this.#g, x.tensor, [0, 0, 0, 0], [-1, height, width, x.shape[2]!]));
  }

  subsample(x: Feature, stride: number, start: readonly [number, number] = [0, 0]): Feature {
    return this.#feature(stridedSlice(this.#g, x.tensor, [1, stride, stride, 1], [0, ...start, 0]));
  }
  shuffleChannels(x: Feature, groups: number): Feature {
    const channels = x.shape.at(-1)!;
    const size = channels / groups;
    const order = Array.from({ length: channels }, (_, i) => (i % groups) * size + Math.floor(i / groups));
    return this.#feature(gather(this.#g, x.tensor, x.shape.length, order));
  }
  padChannels(x: Feature, before: number, after: number): Feature {
    return this.#feature(
      pad(this.#g, x.tensor, [
        [0, 0],
        [0, 0],
        [0, 0],
        [before, after],
      ]),
    );
  }
}
