/** The block that most networks are made of: convolution, BatchNorm, activation. */
import type { Builder, Value } from '../builder.ts';
import { kernelSides } from '../geometry.ts';

export interface ConvBlockOptions {
  readonly filters: number;
  readonly kernel: number | readonly [number, number];
  readonly stride?: number;
  /** `same`: half the kernel on every side (the default); `valid`: none. */
  readonly padding?: 'same' | 'valid';
  readonly groups?: number;
  /** Off unless switched on: BatchNorm has one. */
  readonly bias?: boolean;
  /** Of BatchNorm; 1e-5 when left out. */
  readonly epsilon?: number;
  /** ReLU unless switched off. */
  readonly relu?: boolean;
  /** Name of the BatchNorm; `<name>_bn` when left out. */
  readonly bnName?: string;
}

/** Convolution `name`, BatchNorm `<name>_bn`, ReLU. */
export function convBlock<V extends Value>(builder: Builder<V>, x: V, name: string, options: ConvBlockOptions): V {
  const {
    epsilon = 1e-5,
    relu = true,
    bnName = `${name}_bn`,
    padding = 'same',
    bias = false,
    filters,
    kernel,
    stride = 1,
    groups = 1,
  } = options;
  const [height, width] = kernelSides(kernel);
  const [top, left] = padding === 'same' ? [(height - 1) / 2, (width - 1) / 2] : [0, 0];
  const y = builder.batchNorm(
    builder.conv(x, name, {
      filters,
      kernel,
      stride,
      groups,
      bias,
      padding: [
        [top, top],
        [left, left],
      ],
    }),
    bnName,
    { epsilon },
  );
  return relu ? builder.relu(y) : y;
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
