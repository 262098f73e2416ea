/** The builder's forward interpreter: turns a network into graph nodes and its weights into variables. */
import type { Preprocessing } from '../../contract/preprocessing.ts';
import type { Precision } from '../../contract/runSpec.ts';
import type { Builder, ConvOptions, CovariancePoolOptions, Initializer, Padding, PoolOptions, Value } from '../models/builder.ts';
import type { Graph, GraphNode, GraphTensor, Variable } from './graph.ts';
import { covariancePool } from './ops/covariance.ts';
import { adaptivePool, pooled } from './ops/pooling.ts';
import { atLeast, binary, cast, concat, matMul, pad, reduce, reshape, slice, statelessUniform, stridedSlice, unary } from './ops/arrays.ts';
import { biasAdd, conv2d, depthwiseConv2d, fusedBatchNorm, leakyRelu, relu, type Pads } from './ops/neural.ts';

export interface Weight {
  readonly variable: Variable;
  readonly kind: 'kernel' | 'bias' | 'gamma' | 'beta' | 'mean' | 'variance';
  readonly trainable: boolean;
  readonly init: Initializer;
  readonly fanIn: number;
  readonly fanOut: number;
}

interface Feature extends Value { readonly tensor: GraphTensor }

export interface ForwardOptions {
  readonly precision: Precision;
  /** Batch statistics and dropout instead of moving averages. */
  readonly training: boolean;
  /** int32 `[2]`: run seed and step; needed where dropout is used in training. */
  readonly seed?: GraphTensor;
}

export function padsOf(padding: Padding | undefined): Pads {
  return typeof padding === 'object' ? padding : [[padding ?? 0, padding ?? 0], [padding ?? 0, padding ?? 0]];
}

/** The weights of one network; several forward passes (training, evaluation) share them. */
export class Weights {
  readonly list: Weight[] = [];
  readonly #graph: Graph;
  constructor(graph: Graph) { this.#graph = graph; }

  get(name: string, shape: readonly number[], about: Omit<Weight, 'variable'>): Variable {
    const known = this.#graph.variables.get(name);
    if (known) return known;
    const variable = this.#graph.variable(name, shape);
    this.list.push({ variable, ...about });
    return variable;
  }
}

export class ForwardBuilder implements Builder<Feature> {
  /** Nodes that keep the moving averages, in training. */
  readonly updates: GraphNode[] = [];
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
  input(images: GraphTensor, p: Preprocessing): Feature {
    const g = this.#g, channels = images.shape.at(-1) ?? 0;
    const vector = (of: (i: number) => number) => g.constant('float32', [channels], Array.from({ length: channels }, (_, i) => of(i)));
    const mean = (i: number) => p.mean[i] ?? 0, std = (i: number) => p.std[i] ?? 1;
    let x = cast(g, images, 'float32');
    if (p.channelOrder === 'bgr' && channels === 3) x = g.one('ReverseV2', [x, g.ints([3])], { T: { type: 'float32' }, Tidx: { type: 'int32' } }, x.shape, 'float32');
    x = binary(g, 'AddV2', binary(g, 'Mul', x, vector((i) => 1 / (p.scale * std(i)))), vector((i) => -mean(i) / std(i)));
    return this.#feature(cast(g, x, this.#dtype));
  }

  get #dtype(): 'float32' | 'bfloat16' { return this.#options.precision === 'bf16' ? 'bfloat16' : 'float32'; }

  #feature(tensor: GraphTensor): Feature { return { tensor, shape: tensor.shape.slice(1) }; }

  /** The variable in the computing precision: one cast a run, however often it is used. */
  #value(variable: Variable): GraphTensor {
    const known = this.#lowered.get(variable);
    if (known) return known;
    const made = cast(this.#g, variable.value, this.#dtype);
    this.#lowered.set(variable, made);
    return made;
  }

  conv(x: Feature, name: string, o: ConvOptions): Feature {
    const g = this.#g, [kh, kw] = typeof o.kernel === 'number' ? [o.kernel, o.kernel] : o.kernel, inputs = x.shape[2] ?? 0, groups = o.groups ?? 1;
    const fanIn = (kh * kw * inputs) / groups, fanOut = (kh * kw * o.filters) / groups;
    const kernel = this.#weights.get(`${name}/kernel`, [kh, kw, inputs / groups, o.filters], { kind: 'kernel', trainable: true, init: o.init ?? { kind: 'he', fan: 'out' }, fanIn, fanOut });
    const attrs = { stride: o.stride ?? 1, dilation: o.dilation ?? 1, pads: padsOf(o.padding) };
    let y: GraphTensor;
    if (groups === inputs && groups > 1 && o.filters % groups === 0) {
      // [h, w, 1, c·m] holds the m filters of channel i at i·m … i·m + m − 1, which is the depthwise layout [h, w, c, m] row by row.
      y = depthwiseConv2d(g, x.tensor, reshape(g, this.#value(kernel), [kh, kw, inputs, o.filters / groups]), attrs);
    } else {
      y = conv2d(g, x.tensor, this.#value(kernel), attrs);
    }
    if (o.bias ?? true) y = biasAdd(g, y, this.#value(this.#weights.get(`${name}/bias`, [o.filters], { kind: 'bias', trainable: true, init: { kind: 'constant', value: 0 }, fanIn, fanOut })));
    return this.#feature(y);
  }

  dense(x: Feature, name: string, o: { readonly units: number; readonly bias?: boolean; readonly init?: Initializer }): Feature {
    const fanIn = x.shape[0] ?? 0, fanOut = o.units;
    const kernel = this.#weights.get(`${name}/kernel`, [fanIn, o.units], { kind: 'kernel', trainable: true, init: o.init ?? { kind: 'he', fan: 'in' }, fanIn, fanOut });
    let y = matMul(this.#g, x.tensor, this.#value(kernel));
    if (o.bias ?? true) y = biasAdd(this.#g, y, this.#value(this.#weights.get(`${name}/bias`, [o.units], { kind: 'bias', trainable: true, init: { kind: 'constant', value: 0 }, fanIn, fanOut })));
    return this.#feature(y);
  }

  batchNorm(x: Feature, name: string, o: { readonly epsilon?: number; readonly momentum?: number; readonly gammaInit?: number } = {}): Feature {
    const g = this.#g, shape = [x.shape.at(-1) ?? 0], about = { fanIn: 0, fanOut: 0 };
    const make = (kind: Weight['kind'], trainable: boolean, value: number) => this.#weights.get(`${name}/${kind}`, shape, { kind, trainable, init: { kind: 'constant', value }, ...about });
    const gamma = make('gamma', true, o.gammaInit ?? 1), beta = make('beta', true, 0), mean = make('mean', false, 0), variance = make('variance', false, 1);
    // A vector is normalised as a 1 × 1 map.
    const map = x.shape.length === 1 ? reshape(g, x.tensor, [-1, 1, 1, shape[0] ?? 0]) : x.tensor;
    const out = fusedBatchNorm(g, map, { gamma: gamma.value, beta: beta.value, mean: mean.value, variance: variance.value }, o.epsilon ?? 1e-5, this.#options.training);
    if (this.#options.training) {
      const share = g.float(1 - (o.momentum ?? 0.9));
      for (const [variable, batch] of [[mean, out.mean], [variance, out.variance]] as const) {
        const change = binary(g, 'Mul', binary(g, 'Sub', variable.value, batch), share);
        this.updates.push(g.add('AssignSubVariableOp', [variable.handle, change], { dtype: { type: 'float32' } }, [], { controls: g.consumersOf(variable.value) }));
      }
    }
    return this.#feature(x.shape.length === 1 ? reshape(g, out.y, [-1, shape[0] ?? 0]) : out.y);
  }

  relu(x: Feature): Feature { return this.#feature(relu(this.#g, x.tensor)); }
  leakyRelu(x: Feature, slope: number): Feature { return this.#feature(leakyRelu(this.#g, x.tensor, slope)); }
  sigmoid(x: Feature): Feature { return this.#feature(unary(this.#g, 'Sigmoid', x.tensor)); }
  maxPool(x: Feature, o: PoolOptions): Feature { return this.#feature(pooled(this.#g, 'MaxPool', x.tensor, o)); }
  avgPool(x: Feature, o: PoolOptions): Feature { return this.#feature(pooled(this.#g, 'AvgPool', x.tensor, o)); }
  adaptiveMaxPool(x: Feature, grid: number): Feature { return this.#feature(adaptivePool(this.#g, 'MaxPool', x.tensor, grid)); }
  adaptiveAvgPool(x: Feature, grid: number): Feature { return this.#feature(adaptivePool(this.#g, 'AvgPool', x.tensor, grid)); }
  globalAvgPool(x: Feature): Feature { return this.#feature(reduce(this.#g, 'Mean', x.tensor, [1, 2])); }
  flatten(x: Feature): Feature { return this.#feature(reshape(this.#g, x.tensor, [-1, x.shape.reduce((n, d) => n * d, 1)])); }

  dropout(x: Feature, _name: string, rate: number): Feature {
    if (!this.#options.training || rate === 0) return x;
    const g = this.#g, { seed } = this.#options;
    if (!seed) throw new Error('dropout needs a seed');
    // Every layer draws from its own stream: the seed's second word, which holds the step, is shifted by the layer's number.
    const own = binary(g, 'AddV2', seed, g.ints([Math.imul(++this.#dropouts, 0x9e3779b1) | 0, 0]));
    const keep = cast(g, atLeast(g, statelessUniform(g, x.tensor, own), g.float(rate)), this.#dtype);
    return this.#feature(binary(g, 'Mul', binary(g, 'Mul', x.tensor, keep), cast(g, g.float(1 / (1 - rate)), this.#dtype)));
  }

  add(a: Feature, b: Feature, scale = 1): Feature {
    const g = this.#g, scaled = scale === 1 ? b.tensor : binary(g, 'Mul', b.tensor, cast(g, g.float(scale), b.tensor.dtype));
    return this.#feature(binary(g, 'AddV2', a.tensor, scaled));
  }

  concat(values: readonly Feature[]): Feature { return this.#feature(concat(this.#g, values.map((v) => v.tensor), values[0]?.tensor.shape.length === 2 ? 1 : 3)); }

  sliceChannels(x: Feature, from: number, to: number): Feature {
    const rank = x.tensor.shape.length;
    return this.#feature(slice(this.#g, x.tensor, [...new Array<number>(rank - 1).fill(0), from], [...x.tensor.shape.slice(0, -1), to - from]));
  }

  scaleChannels(x: Feature, scale: Feature): Feature {
    return this.#feature(binary(this.#g, 'Mul', x.tensor, reshape(this.#g, scale.tensor, [-1, 1, 1, x.shape[2] ?? 0])));
  }

  multiply(a: Feature, b: Feature): Feature { return this.#feature(binary(this.#g, 'Mul', a.tensor, b.tensor)); }
  covariancePool(x: Feature, _name: string, options: CovariancePoolOptions = {}): Feature { return this.#feature(covariancePool(this.#g, x.tensor, options)); }

  subsample(x: Feature, stride: number): Feature { return this.#feature(stridedSlice(this.#g, x.tensor, [1, stride, stride, 1])); }
  padChannels(x: Feature, before: number, after: number): Feature { return this.#feature(pad(this.#g, x.tensor, [[0, 0], [0, 0], [0, 0], [before, after]])); }
}
