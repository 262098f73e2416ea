/** Interpreter of the builder that computes no tensors: layer table, weights, totals and memory of a network. Pure and quick; hosts, forms and tests use it. */
import type { Builder, ConvOptions, CovariancePoolOptions, Initializer, PoolOptions, Value } from './builder.ts';
import type { Model, NetworkShape } from './family.ts';
import { convOutput, kernelSides, paddingSides, poolOutput } from './geometry.ts';
import { trainingMemory, type TrainingMemory } from './trainingMemory.ts';
import { batchNormWeights, convWeights, denseWeights, type WeightSpec } from './weightSpecs.ts';

export interface LayerRow {
  /** Name given by the network, or `<kind>_<n>` for layers without weights. */
  readonly name: string;
  readonly kind: string;
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly kernel?: readonly [number, number];
  readonly stride?: number;
  /** Top, bottom, left, right. */
  readonly padding?: readonly [number, number, number, number];
  readonly dilation?: number;
  readonly groups?: number;
  /** BatchNorms only: what is added to the variance. */
  readonly epsilon?: number;
  /** Poolings only: whether a last overhanging window counts. */
  readonly ceil?: boolean;
  readonly weights: readonly WeightSpec[];
  readonly learnable: number;
  readonly statistics: number;
  /** Multiply-accumulates of one picture: convolutions, dense layers and covariance pooling; everything else counts 0. */
  readonly multiplyAdds: number;
  /** Side of the input square, pixels, that one cell of the output depends on; null after the feature map is gone. */
  readonly receptiveField: number | null;
}

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
   * @param updates `trained`: learnable numbers that are not frozen; `slots`: numbers that the optimizer keeps for each of them, two (Adam's) where left out
   */
  memory(
    batchSize: number,
    precision: 'f32' | 'bf16',
    updates?: { readonly trained?: number; readonly slots?: number },
  ): TrainingMemory;
}

const ADAM_SLOTS = 2;

/** A shape, and how far it sees: `field` and `jump` in input pixels, null behind a global pooling. */
interface Symbolic extends Value {
  readonly id: number;
  readonly field: number | null;
  readonly jump: number;
}

/**
 * Builds `model` symbolically.
 * @throws StudioError model.inputTooSmall, model.badOption as the network's own `build` does
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

type Extras = Partial<
  Pick<
    LayerRow,
    'kernel' | 'stride' | 'padding' | 'dilation' | 'groups' | 'epsilon' | 'ceil' | 'multiplyAdds' | 'weights'
  >
>;

class DescribeBuilder implements Builder<Symbolic> {
  readonly layers: LayerRow[] = [];
  readonly #names = new Set<string>();
  readonly #counts = new Map<string, number>();
  readonly #sizes: number[] = [];
  /** Values that the backward pass reads again. */
  readonly #kept = new Set<number>();

  start(shape: readonly number[]): Symbolic {
    return this.#value(shape, 1, 1);
  }

  activations(): { keptValues: number; largestValue: number } {
    return { keptValues: total([...this.#kept], (id) => this.#sizes[id] ?? 0), largestValue: Math.max(...this.#sizes) };
  }

  conv(x: Symbolic, name: string, options: ConvOptions): Symbolic {
    const [height, width, channels] = mapShape(x, name);
    const { stride = 1, dilation = 1, groups = 1, filters } = options;
    const output = [...fits(name, convOutput(height, width, options)), filters];
    const kernel = kernelSides(options.kernel);
    const weights = convWeights(name, channels, options);
    this.#kept.add(x.id);
    return this.#layer(
      'conv',
      name,
      x,
      output,
      {
        kernel,
        stride,
        dilation,
        groups,
        padding: sides(options.padding),
        weights,
        multiplyAdds: product(output) * kernel[0] * kernel[1] * (channels / groups),
      },
      window(x, dilation * (Math.max(...kernel) - 1) + 1, stride),
    );
  }

  batchNorm(
    x: Symbolic,
    name: string,
    options?: { readonly epsilon?: number; readonly gammaInit?: Initializer },
  ): Symbolic {
    const channels = x.shape.at(-1) ?? 0;
    this.#kept.add(x.id);
    return this.#layer('batchNorm', name, x, x.shape, {
      weights: batchNormWeights(name, channels, options),
      epsilon: options?.epsilon ?? 1e-5,
    });
  }

  relu(x: Symbolic): Symbolic {
    return this.#outputKept('relu', x);
  }
  leakyRelu(x: Symbolic): Symbolic {
    return this.#outputKept('leakyRelu', x);
  }
  sigmoid(x: Symbolic): Symbolic {
    return this.#outputKept('sigmoid', x);
  }

  maxPool(x: Symbolic, options: PoolOptions): Symbolic {
    this.#kept.add(x.id);
    return this.#pool('maxPool', x, options);
  }

  avgPool(x: Symbolic, options: PoolOptions): Symbolic {
    return this.#pool('avgPool', x, options);
  }

  adaptiveMaxPool(x: Symbolic, grid: number): Symbolic {
    this.#kept.add(x.id);
    return this.#adaptive('adaptiveMaxPool', x, grid);
  }

  adaptiveAvgPool(x: Symbolic, grid: number): Symbolic {
    return this.#adaptive('adaptiveAvgPool', x, grid);
  }

  globalAvgPool(x: Symbolic): Symbolic {
    const [, , channels] = mapShape(x, 'globalAvgPool');
    return this.#layer('globalAvgPool', null, x, [channels], {}, GLOBAL);
  }

  flatten(x: Symbolic): Symbolic {
    return this.#layer('flatten', null, x, [product(x.shape)], {}, GLOBAL);
  }

  dense(x: Symbolic, name: string, options: Parameters<Builder<Symbolic>['dense']>[2]): Symbolic {
    if (x.shape.length !== 1) throw new Error(`${name}: dense on [${x.shape.join(', ')}]; flatten it first`);
    const inputs = product(x.shape);
    this.#kept.add(x.id);
    return this.#layer(
      'dense',
      name,
      x,
      [options.units],
      { weights: denseWeights(name, inputs, options), multiplyAdds: inputs * options.units },
      GLOBAL,
    );
  }

  dropout(x: Symbolic, name: string): Symbolic {
    const y = this.#layer('dropout', name, x, x.shape);
    this.#kept.add(y.id);
    return y;
  }

  add(a: Symbolic, b: Symbolic): Symbolic {
    if (a.shape.join() !== b.shape.join()) throw new Error(`add: [${a.shape.join(', ')}] and [${b.shape.join(', ')}]`);
    return this.#layer('add', null, a, a.shape, {}, merged([a, b]));
  }

  concat(values: readonly Symbolic[]): Symbolic {
    const [first] = values;
    if (!first) throw new Error('concat of nothing');
    const place = first.shape.slice(0, -1);
    if (values.some((value) => value.shape.slice(0, -1).join() !== place.join()))
      throw new Error(`concat of ${values.map((value) => `[${value.shape.join(', ')}]`).join(' ')}`);
    return this.#layer(
      'concat',
      null,
      first,
      [...place, total(values, (value) => value.shape.at(-1) ?? 0)],
      {},
      merged(values),
    );
  }

  sliceChannels(x: Symbolic, from: number, to: number): Symbolic {
    const channels = x.shape.at(-1) ?? 0;
    if (from < 0 || to > channels || from >= to) throw new Error(`channels ${from} to ${to} of ${channels}`);
    return this.#layer('sliceChannels', null, x, [...x.shape.slice(0, -1), to - from]);
  }

  scaleChannels(x: Symbolic, scale: Symbolic): Symbolic {
    const [, , channels] = mapShape(x, 'scaleChannels');
    if (scale.shape.length !== 1 || scale.shape[0] !== channels)
      throw new Error(`scaleChannels: [${scale.shape.join(', ')}] for ${channels} channels`);
    this.#kept.add(x.id).add(scale.id);
    return this.#layer('scaleChannels', null, x, x.shape);
  }

  multiply(a: Symbolic, b: Symbolic): Symbolic {
    const broadcast = a.shape.slice(0, -1).join() === b.shape.slice(0, -1).join() && b.shape.at(-1) === 1;
    if (!broadcast && a.shape.join() !== b.shape.join())
      throw new Error(`multiply: [${a.shape.join(', ')}] and [${b.shape.join(', ')}]`);
    this.#kept.add(a.id).add(b.id);
    return this.#layer('multiply', null, a, a.shape, {}, merged([a, b]));
  }

  subsample(x: Symbolic, stride: number): Symbolic {
    const [height, width, channels] = mapShape(x, 'subsample');
    return this.#layer(
      'subsample',
      null,
      x,
      [Math.ceil(height / stride), Math.ceil(width / stride), channels],
      { stride },
      window(x, 1, stride),
    );
  }

  padChannels(x: Symbolic, before: number, after: number): Symbolic {
    return this.#layer('padChannels', null, x, [...x.shape.slice(0, -1), (x.shape.at(-1) ?? 0) + before + after]);
  }

  covariancePool(x: Symbolic, name: string, options: CovariancePoolOptions = {}): Symbolic {
    const [height, width, channels] = mapShape(x, name);
    const { iterations = 5 } = options;
    this.#kept.add(x.id);
    return this.#layer(
      'covariancePool',
      name,
      x,
      [(channels * (channels + 1)) / 2],
      { multiplyAdds: channels ** 2 * height * width + 3 * iterations * channels ** 3 },
      GLOBAL,
    );
  }

  #pool(kind: string, x: Symbolic, options: PoolOptions): Symbolic {
    const [height, width, channels] = mapShape(x, kind);
    const output = [...fits(kind, poolOutput(height, width, options)), channels];
    const { kernel, stride, ceil = false } = options;
    return this.#layer(
      kind,
      null,
      x,
      output,
      { kernel: [kernel, kernel], stride, ceil, padding: sides(options.padding) },
      window(x, kernel, stride),
    );
  }

  #adaptive(kind: string, x: Symbolic, grid: number): Symbolic {
    const [height, width, channels] = mapShape(x, kind);
    const cell = Math.max(Math.ceil(height / grid), Math.ceil(width / grid));
    return this.#layer(kind, null, x, [grid, grid, channels], {}, window(x, cell, cell));
  }

  #outputKept(kind: string, x: Symbolic): Symbolic {
    const y = this.#layer(kind, null, x, x.shape);
    this.#kept.add(y.id);
    return y;
  }

  #layer(
    kind: string,
    given: string | null,
    x: Symbolic,
    output: readonly number[],
    extras: Extras = {},
    sees: Sees = x,
  ): Symbolic {
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    const name = given ?? `${kind}_${count}`;
    if (this.#names.has(name)) throw new Error(`two layers are called ${name}`);
    this.#names.add(name);
    const weights = extras.weights ?? [];
    const counted = (trainable: boolean): number =>
      total(weights, (weight) => (weight.trainable === trainable ? product(weight.shape) : 0));
    this.layers.push({
      name,
      kind,
      input: x.shape,
      output,
      ...extras,
      weights,
      learnable: counted(true),
      statistics: counted(false),
      multiplyAdds: extras.multiplyAdds ?? 0,
      receptiveField: sees.field,
    });
    return this.#value(output, sees.field, sees.jump);
  }

  #value(shape: readonly number[], field: number | null, jump: number): Symbolic {
    this.#sizes.push(product(shape));
    return { shape, id: this.#sizes.length - 1, field, jump };
  }
}

type Sees = Pick<Symbolic, 'field' | 'jump'>;
const GLOBAL: Sees = { field: null, jump: 1 };

function window(x: Symbolic, kernel: number, stride: number): Sees {
  return { field: x.field === null ? null : x.field + (kernel - 1) * x.jump, jump: x.jump * stride };
}

function merged(values: readonly Symbolic[]): Sees {
  const field = values.some((value) => value.field === null)
    ? null
    : Math.max(...values.map((value) => value.field ?? 0));
  return { field, jump: Math.max(...values.map((value) => value.jump)) };
}

function mapShape(x: Symbolic, layer: string): readonly [number, number, number] {
  const [height, width, channels] = x.shape;
  if (x.shape.length !== 3 || height === undefined || width === undefined || channels === undefined)
    throw new Error(`${layer}: needs [height, width, channels], got [${x.shape.join(', ')}]`);
  return [height, width, channels];
}

function fits(layer: string, [height, width]: readonly [number, number]): readonly [number, number] {
  if (height < 1 || width < 1) throw new Error(`${layer}: the window is larger than its padded input`);
  return [height, width];
}

function sides(padding: ConvOptions['padding']): readonly [number, number, number, number] {
  const { top, bottom, left, right } = paddingSides(padding);
  return [top, bottom, left, right];
}

function product(shape: readonly number[]): number {
  return shape.reduce((result, side) => result * side, 1);
}

function total<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}
