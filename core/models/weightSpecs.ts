/**
 * The weights of each kind of layer: names, shapes and initial values. Every interpreter of a network takes them from
 * here, so they agree.
 */
import type { ConvOptions, DenseOptions, Initializer } from './builder.ts';
import { kernelSides } from './geometry.ts';

/**
 * `kernel` to `relativeBias` are learnable; `mean` and `variance` are BatchNorm's moving averages; `leftVector` and
 * `rightVector` are the power iteration's vectors of a spectrally normalised convolution.
 */
export type WeightKind = keyof typeof IS_LEARNABLE;

const IS_LEARNABLE = {
  kernel: true,
  bias: true,
  gamma: true,
  beta: true,
  /** Learned tokens and position embeddings. */
  embedding: true,
  /** Of attention, by the offset between two cells. */
  relativeBias: true,
  mean: false,
  variance: false,
  leftVector: false,
  rightVector: false,
} as const;

export interface WeightSpec {
  /** `<layer>/<kind>`; unique in a network. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly kind: WeightKind;
  /** Changed by the optimizer; the others are state that the forward pass keeps. */
  readonly trainable: boolean;
  readonly init: Initializer;
  /** Inputs of one output unit, for the initializers; 1 for vectors. */
  readonly fanIn: number;
  /** Outputs that one input unit feeds: kernel area times output channels of a group; 1 for vectors. */
  readonly fanOut: number;
}

/** The layer that a weight `<layer>/<kind>` belongs to. */
export function layerOfWeight(name: string): string {
  return name.slice(0, name.lastIndexOf('/'));
}

const ZERO: Initializer = { kind: 'constant', value: 0 };
const ONE: Initializer = { kind: 'constant', value: 1 };
const CONV_INIT: Initializer = { kind: 'he', fan: 'out' };
const DENSE_INIT: Initializer = { kind: 'he', fan: 'in' };

/**
 * Kernel `[height, width, in / groups, out]`, then the bias, then the vectors of the spectral norm. Unless told
 * otherwise: He's fan-out, bias 0.
 */
export function convWeights(layer: string, inputChannels: number, options: ConvOptions): readonly WeightSpec[] {
  const { filters, groups = 1, bias = true, init = CONV_INIT, spectralNorm = false } = options;
  if (!Number.isInteger(filters) || filters < 1) throw new Error(`${layer}: ${filters} filters`);
  if (inputChannels % groups !== 0 || filters % groups !== 0) {
    throw new Error(
      `${layer}: ${inputChannels} input and ${filters} output channels do not divide into ${groups} groups`,
    );
  }
  const [height, width] = kernelSides(options.kernel);
  const fanIn = height * width * (inputChannels / groups);
  const weights: WeightSpec[] = [
    {
      name: `${layer}/kernel`,
      shape: [height, width, inputChannels / groups, filters],
      kind: 'kernel',
      trainable: true,
      init,
      fanIn,
      fanOut: height * width * (filters / groups),
    },
  ];
  if (bias) weights.push(vector(layer, 'bias', filters, ZERO));
  if (spectralNorm)
    weights.push(
      vector(layer, 'leftVector', filters, { kind: 'unitVector' }),
      vector(layer, 'rightVector', fanIn, { kind: 'unitVector' }),
    );
  return weights;
}

/** Gamma, beta, moving mean and moving variance, each `[channels]`. */
export function batchNormWeights(
  layer: string,
  channels: number,
  options: { readonly gammaInit?: Initializer } = {},
): readonly WeightSpec[] {
  return [
    vector(layer, 'gamma', channels, options.gammaInit ?? ONE),
    vector(layer, 'beta', channels, ZERO),
    vector(layer, 'mean', channels, ZERO),
    vector(layer, 'variance', channels, ONE),
  ];
}

/** Kernel `[in, out]`, then the bias. Unless told otherwise: He's fan-in, bias 0. */
export function denseWeights(layer: string, inputs: number, options: DenseOptions): readonly WeightSpec[] {
  const { units, bias = true, init = DENSE_INIT } = options;
  const weights: WeightSpec[] = [
    {
      name: `${layer}/kernel`,
      shape: [inputs, units],
      kind: 'kernel',
      trainable: true,
      init,
      fanIn: inputs,
      fanOut: units,
    },
  ];
  if (bias) weights.push(vector(layer, 'bias', units, ZERO));
  return weights;
}

/** Gamma and beta, each `[channels]`; `start` of gamma, 1 unless given. */
export function normWeights(layer: string, channels: number, start = 1): readonly WeightSpec[] {
  return [...scaleWeights(layer, channels, start), vector(layer, 'beta', channels, ZERO)];
}

/** Gamma alone. */
export function scaleWeights(layer: string, channels: number, start: number): readonly WeightSpec[] {
  return [vector(layer, 'gamma', channels, { kind: 'constant', value: start })];
}

/** Tokens or positions `[count, channels]`, normal with deviation 0.02 as Dosovitskiy et al. 2020 start them. */
export function embeddingWeights(layer: string, count: number, channels: number): readonly WeightSpec[] {
  return [table(layer, 'embedding', [count, channels])];
}

/** One number for each offset inside a window and each head. */
export function relativeBiasWeights(layer: string, window: number, heads: number): readonly WeightSpec[] {
  return [table(layer, 'relativeBias', [(2 * window - 1) ** 2, heads])];
}

function table(layer: string, kind: WeightKind, shape: readonly number[]): WeightSpec {
  return { ...vector(layer, kind, 1, { kind: 'normal', std: 0.02 }), shape };
}

function vector(layer: string, kind: WeightKind, length: number, init: Initializer): WeightSpec {
  return { name: `${layer}/${kind}`, shape: [length], kind, trainable: IS_LEARNABLE[kind], init, fanIn: 1, fanOut: 1 };
}
