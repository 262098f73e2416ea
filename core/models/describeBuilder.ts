/** Interpreter of the builder that computes no tensors but the table of layers. */
import { type Activation, ACTIVATIONS } from './activations.ts';
import type {
  Builder,
  ConvOptions,
  CovariancePoolOptions,
  DenseOptions,
  Initializer,
  PoolOptions,
  WindowAttentionOptions,
} from './builder.ts';
import { convOutput, convPadding, kernelSides, paddingSides, poolOutput } from './geometry.ts';
import {
  batchNormWeights,
  convWeights,
  denseWeights,
  embeddingWeights,
  normWeights,
  relativeBiasWeights,
  scaleWeights,
} from './weightSpecs.ts';

import type { LayerRow } from './layerRow.ts';
import {
  fits,
  GLOBAL,
  mapShape,
  merged,
  product,
  type Sees,
  sides,
  type Symbolic,
  thirdFor,
  tokenShape,
  total,
  window,
} from './symbolic.ts';

type Extras = Partial<
  Pick<
    LayerRow,
    'kernel' | 'stride' | 'padding' | 'dilation' | 'groups' | 'epsilon' | 'ceil' | 'multiplyAdds' | 'weights'
  >
>;

export class DescribeBuilder implements Builder<Symbolic> {
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
        padding: sides(convPadding(height, width, options)),
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

  activation(x: Symbolic, kind: Activation): Symbolic {
    return this.#keeping(this.#layer(kind, null, x, x.shape), ACTIVATIONS[kind].kept);
  }
  relu(x: Symbolic): Symbolic {
    return this.activation(x, 'relu');
  }
  leakyRelu(x: Symbolic): Symbolic {
    return this.#keeping(this.#layer('leakyRelu', null, x, x.shape));
  }
  sigmoid(x: Symbolic): Symbolic {
    return this.activation(x, 'sigmoid');
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
    if (x.shape.length < 2) throw new Error(`globalAvgPool on [${x.shape.join(', ')}]`);
    return this.#layer('globalAvgPool', null, x, [x.shape.at(-1)!], {}, GLOBAL);
  }

  flatten(x: Symbolic): Symbolic {
    return this.#layer('flatten', null, x, [product(x.shape)], {}, GLOBAL);
  }

  dense(x: Symbolic, name: string, options: DenseOptions): Symbolic {
    const inputs = x.shape.at(-1)!;
    this.#kept.add(x.id);
    return this.#layer(
      'dense',
      name,
      x,
      [...x.shape.slice(0, -1), options.units],
      { weights: denseWeights(name, inputs, options), multiplyAdds: product(x.shape) * options.units },
      x.shape.length === 3 ? x : GLOBAL,
    );
  }

  layerNorm(x: Symbolic, name: string, { epsilon = 1e-6 }: { readonly epsilon?: number } = {}): Symbolic {
    this.#kept.add(x.id);
    return this.#layer('layerNorm', name, x, x.shape, { weights: normWeights(name, x.shape.at(-1)!), epsilon });
  }

  layerScale(x: Symbolic, name: string, start: number): Symbolic {
    this.#kept.add(x.id);
    return this.#layer('layerScale', name, x, x.shape, { weights: scaleWeights(name, x.shape.at(-1)!, start) });
  }

  responseNorm(x: Symbolic, name: string): Symbolic {
    const [, , channels] = mapShape(x, name);
    this.#kept.add(x.id);
    return this.#layer('responseNorm', name, x, x.shape, { weights: normWeights(name, channels, 0) }, GLOBAL);
  }

  tokens(x: Symbolic): Symbolic {
    const [height, width, channels] = mapShape(x, 'tokens');
    return this.#layer('tokens', null, x, [height * width, channels]);
  }

  transpose(x: Symbolic): Symbolic {
    const [count, channels] = tokenShape(x, 'transpose');
    return this.#layer('transpose', null, x, [channels, count], {}, GLOBAL);
  }

  classToken(x: Symbolic, name: string): Symbolic {
    const [count, channels] = tokenShape(x, name);
    const weights = embeddingWeights(name, 1, channels);
    return this.#layer('classToken', name, x, [count + 1, channels], { weights });
  }

  positionEmbedding(x: Symbolic, name: string): Symbolic {
    const weights = embeddingWeights(name, ...tokenShape(x, name));
    return this.#layer('positionEmbedding', name, x, x.shape, { weights });
  }

  firstToken(x: Symbolic): Symbolic {
    const [, channels] = tokenShape(x, 'firstToken');
    return this.#layer('firstToken', null, x, [channels], {}, GLOBAL);
  }

  attention(x: Symbolic, heads: number): Symbolic {
    const [count, channels] = tokenShape(x, 'attention');
    const output = [count, thirdFor(heads, channels)];
    this.#kept.add(x.id);
    return this.#layer('attention', null, x, output, { multiplyAdds: 2 * count * product(output) }, GLOBAL);
  }

  windowAttention(x: Symbolic, name: string, { heads, window: side, shift }: WindowAttentionOptions): Symbolic {
    const [height, width, channels] = mapShape(x, name);
    const output = [height, width, thirdFor(heads, channels)];
    if (height % side !== 0 || width % side !== 0)
      throw new Error(`${name}: windows of ${side} do not fill ${height} × ${width}`);
    this.#kept.add(x.id);
    return this.#layer(
      'windowAttention',
      name,
      x,
      output,
      {
        kernel: [side, side],
        weights: relativeBiasWeights(name, side, heads),
        multiplyAdds: 2 * side ** 2 * product(output),
      },
      window(x, side + shift, 1),
    );
  }

  dropout(x: Symbolic, name: string): Symbolic {
    return this.#keeping(this.#layer('dropout', name, x, x.shape));
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

  roll(x: Symbolic): Symbolic {
    return this.#layer('roll', null, x, x.shape);
  }

  extendMap(x: Symbolic, height: number, width: number): Symbolic {
    return this.#layer('extendMap', null, x, [height, width, x.shape[2]!]);
  }

  cropMap(x: Symbolic, height: number, width: number): Symbolic {
    return this.#layer('cropMap', null, x, [height, width, x.shape[2]!]);
  }

  subsample(x: Symbolic, stride: number, [row, column]: readonly [number, number] = [0, 0]): Symbolic {
    const [height, width, channels] = mapShape(x, 'subsample');
    return this.#layer(
      'subsample',
      null,
      x,
      [Math.ceil((height - row) / stride), Math.ceil((width - column) / stride), channels],
      { stride },
      window(x, 1, stride),
    );
  }

  shuffleChannels(x: Symbolic, groups: number): Symbolic {
    const channels = x.shape.at(-1)!;
    if (channels % groups !== 0) throw new Error(`${channels} channels do not divide into ${groups} groups`);
    return this.#layer('shuffleChannels', null, x, x.shape);
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
      { kernel: [kernel, kernel], stride, ceil, padding: sides(paddingSides(options.padding)) },
      window(x, kernel, stride),
    );
  }

  #adaptive(kind: string, x: Symbolic, grid: number): Symbolic {
    const [height, width, channels] = mapShape(x, kind);
    const cell = Math.max(Math.ceil(height / grid), Math.ceil(width / grid));
    return this.#layer(kind, null, x, [grid, grid, channels], {}, window(x, cell, cell));
  }

  /** `values` values an element of `y` are read again: `y` itself, and others of its size. */
  #keeping(y: Symbolic, values = 1): Symbolic {
    for (let i = 1; i < values; i++) this.#kept.add(this.#value(y.shape, null, 1).id);
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
