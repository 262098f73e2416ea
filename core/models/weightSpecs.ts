/** The weights of each kind of layer: names, shapes and initial values. Every interpreter of a network takes them from here, so they agree. */
import type { ConvOptions, Initializer } from './builder.ts';
import { kernelSides } from './geometry.ts';

/**
 * `kernel` to `beta` are learnable; `mean` and `variance` are BatchNorm's moving averages; `leftVector` and `rightVector` are the power iteration's
 * vectors of a spectrally normalised convolution.
 */
export type WeightKind = 'kernel' | 'bias' | 'gamma' | 'beta' | 'mean' | 'variance' | 'leftVector' | 'rightVector';

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

/** Kernel `[height, width, in / groups, out]`, then the bias, then the vectors of the spectral norm. Unless told otherwise: He's fan-out, bias 0. */
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
export function denseWeights(
  layer: string,
  inputs: number,
  options: { readonly units: number; readonly bias?: boolean; readonly init?: Initializer },
): readonly WeightSpec[] {
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

function vector(layer: string, kind: WeightKind, length: number, init: Initializer): WeightSpec {
  const trainable = kind === 'bias' || kind === 'gamma' || kind === 'beta';
  return { name: `${layer}/${kind}`, shape: [length], kind, trainable, init, fanIn: 1, fanOut: 1 };
}
