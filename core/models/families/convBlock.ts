/** The block that most networks are made of: convolution, BatchNorm, activation. */
import type { Activation } from '../activations.ts';
import type { Builder, ConvPadding, Value } from '../builder.ts';
import { kernelSides } from '../geometry.ts';

export interface ConvBlockOptions {
  readonly filters: number;
  readonly kernel: number | readonly [number, number];
  readonly stride?: number;
  /** `same`: half the kernel on every side (the default); `valid`: none; `tensorflow`: TensorFlow's SAME. */
  readonly padding?: 'same' | 'valid' | 'tensorflow';
  readonly groups?: number;
  /** Off unless switched on: BatchNorm has one. */
  readonly bias?: boolean;
  /** Of BatchNorm; 1e-5 when left out. */
  readonly epsilon?: number;
  /** Of BatchNorm; 0.9 when left out. */
  readonly momentum?: number;
  /** ReLU unless another is given; null: none. */
  readonly activation?: Activation | null;
  /** Name of the BatchNorm; `<name>_bn` when left out. */
  readonly bnName?: string;
}

/** Convolution `name`, BatchNorm `<name>_bn`, activation. */
export function convBlock<V extends Value>(builder: Builder<V>, x: V, name: string, options: ConvBlockOptions): V {
  const { bnName = `${name}_bn`, activation = 'relu', epsilon = 1e-5, momentum = 0.9 } = options;
  const { filters, kernel, stride = 1, groups = 1, bias = false } = options;
  const y = builder.conv(x, name, { filters, kernel, stride, groups, bias, padding: paddingOf(options) });
  const normal = builder.batchNorm(y, bnName, { epsilon, momentum });
  return activation ? builder.activation(normal, activation) : normal;
}

function paddingOf({ padding = 'same', kernel }: ConvBlockOptions): ConvPadding {
  if (padding === 'tensorflow') return 'same';
  if (padding === 'valid') return 0;
  const [height, width] = kernelSides(kernel);
  const [vertical, horizontal] = [(height - 1) / 2, (width - 1) / 2];
  return [
    [vertical, vertical],
    [horizontal, horizontal],
  ];
}

/**
 * Squeeze-and-excitation (Hu et al. 2017, arXiv:1709.01507): global mean, dense `down`, ReLU, dense `up`, sigmoid,
 * times the channels.
 */
export function squeezeExcite<V extends Value>(
  builder: Builder<V>,
  x: V,
  names: { readonly down: string; readonly up: string },
  reduction: number,
): V {
  const channels = x.shape.at(-1) ?? 0;
  const squeezed = builder.relu(
    builder.dense(builder.globalAvgPool(x), names.down, { units: Math.max(1, Math.round(channels / reduction)) }),
  );
  return builder.scaleChannels(
    x,
    builder.sigmoid(builder.dense(squeezed, names.up, { units: channels, init: { kind: 'glorot' } })),
  );
}
