/** What the Inception networks share: their convolution, and poolings that round and divide as the definition says. */
import type { Builder, Value } from '../../builder.ts';
import { convBlock } from '../convBlock.ts';
import type { NetworkShape } from '../../family.ts';
import { scaledWidth } from '../widths.ts';

/** How the poolings of a definition round, and whether an average over the border divides by the padded cells too. */
export interface InceptionPooling {
  readonly ceil: boolean;
  readonly countPadding: boolean;
}

export const CAFFE_POOLING: InceptionPooling = { ceil: true, countPadding: true };

/**
 * One convolution of a branch: name (after the branch's prefix), filters, kernel, what differs from stride 1 and `same`
 * padding.
 */
export type ConvRow = readonly [
  name: string,
  filters: number,
  kernel: number | readonly [number, number],
  options?: ConvRowOptions,
];

export interface ConvRowOptions {
  readonly stride?: number;
  readonly padding?: 'same' | 'valid';
}

export interface InceptionLayers<V> {
  /** The convolutions one after another, each with BatchNorm and ReLU. */
  branch(x: V, prefix: string, ...rows: readonly ConvRow[]): V;
  /** 3×3, stride 2, no padding. */
  maxPool(x: V): V;
  /**
   * The same beside convolutions without padding: always rounded down, so that it fits them. (Where a published file
   * that rounds up runs at all, both agree.)
   */
  reducingPool(x: V): V;
  /** 3×3, stride 1, padded by one. */
  avgPool(x: V): V;
}

export function inceptionLayers<V extends Value>(
  builder: Builder<V>,
  { options }: NetworkShape,
  pooling: InceptionPooling,
  { epsilon = 1e-3, bias = false }: { readonly epsilon?: number; readonly bias?: boolean } = {},
): InceptionLayers<V> {
  return {
    branch: (x, prefix, ...rows) =>
      rows.reduce(
        (y, [name, filters, kernel, rowOptions = {}]) =>
          convBlock(builder, y, `${prefix}${name}`, {
            filters: scaledWidth(filters, options),
            kernel,
            epsilon,
            bias,
            ...rowOptions,
          }),
        x,
      ),
    maxPool: (x) => builder.maxPool(x, { kernel: 3, stride: 2, ceil: pooling.ceil }),
    reducingPool: (x) => builder.maxPool(x, { kernel: 3, stride: 2 }),
    avgPool: (x) => builder.avgPool(x, { kernel: 3, stride: 1, padding: 1, countPadding: pooling.countPadding }),
  };
}

export const ROW: readonly [number, number] = [1, 7];
export const COLUMN: readonly [number, number] = [7, 1];
export const SHORT_ROW: readonly [number, number] = [1, 3];
export const SHORT_COLUMN: readonly [number, number] = [3, 1];
/** Halves the map without padding. */
export const REDUCE: ConvRowOptions = { stride: 2, padding: 'valid' };
export const VALID: ConvRowOptions = { padding: 'valid' };
