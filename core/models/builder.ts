/** The small language that every network family is written in, and that its interpreters (describe, forward) speak. */

/** A feature map `[height, width, channels]` or a vector `[channels]`, without the batch axis. */
export interface Value { readonly shape: readonly number[] }

/** Zero padding in pixels: the same on all sides, or `[[top, bottom], [left, right]]`. */
export type Padding = number | readonly [readonly [number, number], readonly [number, number]];

export type Initializer =
  /** Normal with variance 2 / fan (He et al. 2015). */
  | { readonly kind: 'he'; readonly fan: 'in' | 'out' }
  /** Uniform with variance 2 / (fanIn + fanOut) (Glorot and Bengio 2010). */
  | { readonly kind: 'glorot' }
  | { readonly kind: 'normal'; readonly mean?: number; readonly std: number }
  | { readonly kind: 'constant'; readonly value: number };

export interface ConvOptions {
  readonly filters: number;
  /** Kernel height and width. */
  readonly kernel: number | readonly [number, number];
  readonly stride?: number;
  readonly padding?: Padding;
  readonly dilation?: number;
  readonly groups?: number;
  /** On unless switched off. */
  readonly bias?: boolean;
  readonly init?: Initializer;
}

export interface PoolOptions {
  readonly kernel: number;
  readonly stride: number;
  readonly padding?: Padding;
  /** Round the output size up, as Caffe does; windows that would start beyond the padded input are dropped. */
  readonly ceil?: boolean;
  /** Average pooling only: count padded cells in the divisor (Caffe, torchvision's Inception); default false. */
  readonly countPadding?: boolean;
}

/**
 * Layers of a network. `name` becomes the prefix of its weights: `<name>/kernel`, `<name>/bias`; `<name>/gamma`, `<name>/beta`, `<name>/mean`,
 * `<name>/variance`. Kernels are `[height, width, in / groups, out]`, dense kernels `[in, out]`.
 */
export interface Builder<V extends Value> {
  conv(x: V, name: string, options: ConvOptions): V;
  /** Moving averages: new = momentum · old + (1 − momentum) · batch. Defaults: epsilon 1e-5, momentum 0.9. */
  batchNorm(x: V, name: string, options?: { readonly epsilon?: number; readonly momentum?: number; readonly gammaInit?: number }): V;
  relu(x: V): V;
  leakyRelu(x: V, slope: number): V;
  sigmoid(x: V): V;
  maxPool(x: V, options: PoolOptions): V;
  avgPool(x: V, options: PoolOptions): V;
  /** Adaptive max pooling to `grid` × `grid` cells with PyTorch's bins: cell i covers floor(i·n/grid) to ceil((i+1)·n/grid). */
  adaptiveMaxPool(x: V, grid: number): V;
  /** Adaptive average pooling, same bins. */
  adaptiveAvgPool(x: V, grid: number): V;
  /** `[height, width, channels]` → `[channels]`. */
  globalAvgPool(x: V): V;
  /** Row-major over height, width, channels. */
  flatten(x: V): V;
  dense(x: V, name: string, options: { readonly units: number; readonly bias?: boolean; readonly init?: Initializer }): V;
  dropout(x: V, name: string, rate: number): V;
  /** a + scale · b (scale 1 unless given). */
  add(a: V, b: V, scale?: number): V;
  /** Along channels. */
  concat(values: readonly V[]): V;
  /** Channels `from` (inclusive) to `to` (exclusive). */
  sliceChannels(x: V, from: number, to: number): V;
  /** `[h, w, c]` times `[c]` (squeeze-and-excitation). */
  scaleChannels(x: V, scale: V): V;
  /** Every `stride`-th cell, starting at the first. */
  subsample(x: V, stride: number): V;
  /** Zero channels before and after. */
  padChannels(x: V, before: number, after: number): V;
}
