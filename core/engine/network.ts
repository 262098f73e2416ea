/** The builder's forward interpreter: turns a network into graph nodes and its weights into variables. */
import type { NetworkColor, Preprocessing } from '../../contract/preprocessing.ts';
import { asFactorAndOffset } from '../../pure/normalisation.ts';
import type { Precision } from '../../contract/runSpec.ts';
import type {
  Builder,
  ConvOptions,
  CovariancePoolOptions,
  Initializer,
  Padding,
  PoolOptions,
  Value,
} from '../models/builder.ts';
import { kernelSides } from '../models/geometry.ts';
import {
  batchNormWeights,
  convWeights,
  denseWeights,
  layerOfWeight,
  type WeightKind,
  type WeightSpec,
} from '../models/weightSpecs.ts';
import { elements, type Graph, type GraphNode, type GraphTensor, type Variable } from './graph.ts';
import { labOfBytes } from './ops/cielab.ts';
import { covariancePool, type CovarianceType } from './ops/covariance.ts';
import { adaptivePool, pooled } from './ops/pooling.ts';
import {
  atLeast,
  binary,
  cast,
  concat,
  matMul,
  pad,
  reduce,
  reshape,
  slice,
  statelessUniform,
  stridedSlice,
  unary,
} from './ops/arrays.ts';
import { biasAdd, conv2d, depthwiseConv2d, fusedBatchNorm, leakyRelu, relu, type Pads } from './ops/neural.ts';

export interface Weight extends WeightSpec {
  readonly variable: Variable;
}

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

/** Bytes in the colours of the packed cache become what the network sees. */
function inColor(g: Graph, images: GraphTensor, color: NetworkColor): GraphTensor {
  if (color !== 'lab' && color !== 'ab') return images;
  const lab = labOfBytes(g, images);
  return color === 'lab' ? lab : slice(g, lab, [0, 0, 0, 1], [...lab.shape.slice(0, -1), 2]);
}

export function padsOf(padding: Padding | undefined): Pads {
  return typeof padding === 'object'
    ? padding
    : [
        [padding ?? 0, padding ?? 0],
        [padding ?? 0, padding ?? 0],
      ];
}

/** The weights of one network; several forward passes (training, evaluation) share them. Those of a frozen layer are not trainable. */
export class Weights {
  readonly list: Weight[] = [];
  readonly #graph: Graph;
  readonly #frozen: ReadonlySet<string>;
  constructor(graph: Graph, frozen: ReadonlySet<string> = new Set()) {
    this.#graph = graph;
    this.#frozen = frozen;
  }

  get(spec: WeightSpec): Variable {
    const known = this.#graph.variables.get(spec.name);
    if (known) return known;
    const variable = this.#graph.variable(spec.name, spec.shape);
    this.list.push({ variable, ...spec, trainable: spec.trainable && !this.#frozen.has(layerOfWeight(spec.name)) });
    return variable;
  }
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
  input(
    images: GraphTensor,
    p: Pick<Preprocessing, 'channelOrder' | 'scale' | 'mean' | 'std'>,
    color: NetworkColor = 'rgb',
  ): Feature {
    const g = this.#g;
    const converted = inColor(g, images, color);
    const channels = converted.shape.at(-1) ?? 0;
    const { factor, offset } = asFactorAndOffset(p);
    let x = cast(g, converted, 'float32');
    if (p.channelOrder === 'bgr' && channels === 3)
      x = g.one('ReverseV2', [x, g.ints([3])], { T: { type: 'float32' }, Tidx: { type: 'int32' } }, x.shape, 'float32');
    x = binary(g, 'Mul', x, g.constant('float32', [channels], factor));
    x = binary(g, 'AddV2', x, g.constant('float32', [channels], offset));
    return this.#feature(cast(g, x, this.#dtype));
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
    const inputs = x.shape[2] ?? 0;
    const groups = o.groups ?? 1;
    const weights = this.#weightsOf(convWeights(name, inputs, o));
    const kernel = weights('kernel');
    const value = o.spectralNorm
      ? cast(
          g,
          this.#spectrallyNormed(name, kernel, weights('leftVector'), weights('rightVector'), this.#learns(name)),
          this.#dtype,
        )
      : this.#value(kernel);
    const attrs = { stride: o.stride ?? 1, dilation: o.dilation ?? 1, pads: padsOf(o.padding) };
    // [h, w, 1, c·m] holds the m filters of channel i at i·m … i·m + m − 1, which is the depthwise layout [h, w, c, m] row by row.
    const depthwise = groups === inputs && groups > 1;
    const y = depthwise
      ? depthwiseConv2d(g, x.tensor, reshape(g, value, [kh, kw, inputs, o.filters / groups]), attrs)
      : conv2d(g, x.tensor, value, attrs);
    return this.#feature((o.bias ?? true) ? biasAdd(g, y, this.#value(weights('bias'))) : y);
  }

  dense(
    x: Feature,
    name: string,
    o: { readonly units: number; readonly bias?: boolean; readonly init?: Initializer },
  ): Feature {
    const weights = this.#weightsOf(denseWeights(name, x.shape[0] ?? 0, o));
    const y = matMul(this.#g, x.tensor, this.#value(weights('kernel')));
    return this.#feature((o.bias ?? true) ? biasAdd(this.#g, y, this.#value(weights('bias'))) : y);
  }

  batchNorm(
    x: Feature,
    name: string,
    o: { readonly epsilon?: number; readonly momentum?: number; readonly gammaInit?: Initializer } = {},
  ): Feature {
    const g = this.#g;
    const channels = x.shape.at(-1) ?? 0;
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

  #weightsOf(specs: readonly WeightSpec[]): (kind: WeightKind) => Variable {
    return (kind) => {
      const spec = specs.find((s) => s.kind === kind);
      if (!spec) throw new Error(`this layer has no ${kind}`);
      return this.#weights.get(spec);
    };
  }

  /** kernel / σ; where the layer learns u and v take one step of power iteration first. Both are constants for the gradient. */
  #spectrallyNormed(layer: string, kernel: Variable, left: Variable, right: Variable, learns: boolean): GraphTensor {
    const g = this.#g;
    const out = kernel.shape.at(-1) ?? 0;
    const matrix = reshape(g, kernel.value, [elements(kernel.shape) / out, out]);
    const constant = (t: GraphTensor) => g.one('StopGradient', [t], { T: { type: 'float32' } }, t.shape, 'float32');
    const normalised = (a: GraphTensor) =>
      binary(
        g,
        'RealDiv',
        a,
        binary(g, 'Maximum', unary(g, 'Sqrt', reduce(g, 'Sum', unary(g, 'Square', a), [0], true)), g.float(1e-12)),
      );
    let u = reshape(g, left.value, [out, 1]);
    let v = reshape(g, right.value, [matrix.shape[0] ?? 0, 1]);
    if (learns) {
      u = normalised(matMul(g, constant(matrix), v, true));
      v = normalised(matMul(g, constant(matrix), u));
      for (const [variable, made] of [
        [left, u],
        [right, v],
      ] as const)
        this.updates.push(
          g.add(
            'AssignVariableOp',
            [variable.handle, reshape(g, made, variable.shape)],
            { dtype: { type: 'float32' } },
            [],
            { controls: g.consumersOf(variable.value) },
          ),
        );
    }
    const sigma = matMul(g, constant(v), matMul(g, matrix, constant(u)), true);
    this.spectralNorms.set(layer, reshape(g, sigma, []));
    return reshape(g, binary(g, 'RealDiv', matrix, sigma), kernel.shape);
  }

  relu(x: Feature): Feature {
    return this.#feature(relu(this.#g, x.tensor));
  }
  leakyRelu(x: Feature, slope: number): Feature {
    return this.#feature(leakyRelu(this.#g, x.tensor, slope));
  }
  sigmoid(x: Feature): Feature {
    return this.#feature(unary(this.#g, 'Sigmoid', x.tensor));
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
    return this.#feature(reduce(this.#g, 'Mean', x.tensor, [1, 2]));
  }
  flatten(x: Feature): Feature {
    return this.#feature(reshape(this.#g, x.tensor, [-1, x.shape.reduce((n, d) => n * d, 1)]));
  }

  dropout(x: Feature, _name: string, rate: number, unit: 'value' | 'picture' = 'value'): Feature {
    if (!this.#options.training || rate === 0) return x;
    const g = this.#g;
    const { seed } = this.#options;
    if (!seed) throw new Error('dropout needs a seed');
    // Every layer draws from its own stream: the seed's second word, which holds the step, is shifted by the layer's number.
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
    return this.#feature(binary(this.#g, 'Mul', x.tensor, reshape(this.#g, scale.tensor, [-1, 1, 1, x.shape[2] ?? 0])));
  }

  multiply(a: Feature, b: Feature): Feature {
    return this.#feature(binary(this.#g, 'Mul', a.tensor, b.tensor));
  }
  covariancePool(x: Feature, _name: string, options: CovariancePoolOptions = {}): Feature {
    return this.#feature(covariancePool(this.#g, x.tensor, options, this.#options.covariance ?? 'float32'));
  }

  subsample(x: Feature, stride: number): Feature {
    return this.#feature(stridedSlice(this.#g, x.tensor, [1, stride, stride, 1]));
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
