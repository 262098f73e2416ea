/** The small language that every network family is written in, and that its interpreters (describe, forward) speak. */
import type { Activation } from './activations.ts';

/**
 * A feature map `[height, width, channels]`, tokens `[count, channels]` or a vector `[channels]`, without the batch
 * axis.
 */
export interface Value {
  readonly shape: readonly number[];
}

/** Zero padding in pixels: the same on all sides, or `[[top, bottom], [left, right]]`. */
export type Padding = number | readonly [readonly [number, number], readonly [number, number]];

/**
 * TensorFlow's `SAME`: as much as makes the output size / stride, rounded up; an odd pixel goes below and to the right.
 */
export type ConvPadding = Padding | 'same';

export type Initializer =
  /** Normal with variance 2 / fan (He et al. 2015). */
  | { readonly kind: 'he'; readonly fan: 'in' | 'out' }
  /** Uniform with variance 2 / (fanIn + fanOut) (Glorot and Bengio 2010). */
  | { readonly kind: 'glorot' }
  | { readonly kind: 'normal'; readonly mean?: number; readonly std: number }
  | { readonly kind: 'constant'; readonly value: number }
  /** Normal, scaled to Euclidean length 1 (start of a power iteration). */
  | { readonly kind: 'unitVector' };

export interface ConvOptions {
  readonly filters: number;
  /** Kernel height and width. */
  readonly kernel: number | readonly [number, number];
  readonly stride?: number;
  readonly padding?: ConvPadding;
  readonly dilation?: number;
  readonly groups?: number;
  /** On unless switched off. */
  readonly bias?: boolean;
  readonly init?: Initializer;
  /**
   * Spectral normalisation (Miyato et al. 2018, arXiv:1802.05957): the convolution uses kernel / σ, the bias as it is.
   * W is the kernel as a matrix `[out, height · width · in / groups]` (our kernel flattened to `[height · width · in /
   * groups, out]`, transposed); state: `<name>/leftVector` u `[out]` and `<name>/rightVector` v `[height · width · in /
   * groups]`, both of length 1. Training, once a forward pass: u ← normalize(W v), v ← normalize(Wᵀu), where
   * normalize(a) = a / max(‖a‖, 1e-12); then σ = uᵀ W v: the order of PyTorch's
   * torch.nn.utils.parametrizations.spectral_norm, which the vectors' 15 iterations before the first step follow too.
   * Otherwise σ = uᵀ W v of the stored vectors. u and v are constants for the gradient: dσ/dW = u vᵀ. float32 always.
   */
  readonly spectralNorm?: boolean;
}

export interface CovariancePoolOptions {
  /** Newton–Schulz updates; each one updates Y and Z. Default 5. */
  readonly iterations?: number;
  /** Added to the covariance's diagonal before it is divided by its trace; default 0. */
  readonly ridge?: number;
  /**
   * Order of the triangle's entries: upper triangle `rows` (0,0) (0,1) … (0,C−1) (1,1) … or `columns` (0,0) (0,1) (1,1)
   * (0,2) …; default `rows`.
   */
  readonly order?: 'rows' | 'columns';
}

export interface DenseOptions {
  readonly units: number;
  /** On unless switched off. */
  readonly bias?: boolean;
  readonly init?: Initializer;
}

export interface WindowAttentionOptions {
  readonly heads: number;
  /** Side of a window in cells. */
  readonly window: number;
  /** Cells that the map has been rolled by: those that were no neighbours before do not see each other. */
  readonly shift: number;
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
 * Layers of a network. `name` becomes the prefix of its weights: `<name>/kernel`, `<name>/bias`; `<name>/gamma`,
 * `<name>/beta`, `<name>/mean`, `<name>/variance`; `<name>/embedding`; `<name>/relativeBias`. Kernels are `[height,
 * width, in / groups, out]`, dense kernels `[in, out]`.
 */
export interface Builder<V extends Value> {
  conv(x: V, name: string, options: ConvOptions): V;
  /** Moving averages: new = momentum · old + (1 − momentum) · batch. Defaults: epsilon 1e-5, momentum 0.9, gamma 1. */
  batchNorm(
    x: V,
    name: string,
    options?: { readonly epsilon?: number; readonly momentum?: number; readonly gammaInit?: Initializer },
  ): V;
  activation(x: V, kind: Activation): V;
  relu(x: V): V;
  leakyRelu(x: V, slope: number): V;
  sigmoid(x: V): V;
  maxPool(x: V, options: PoolOptions): V;
  avgPool(x: V, options: PoolOptions): V;
  /**
   * Adaptive max pooling to `grid` × `grid` cells with PyTorch's bins: cell i covers floor(i·n/grid) to
   * ceil((i+1)·n/grid).
   */
  adaptiveMaxPool(x: V, grid: number): V;
  /** Adaptive average pooling, same bins. */
  adaptiveAvgPool(x: V, grid: number): V;
  /** `[height, width, channels]` or `[tokens, channels]` → `[channels]`. */
  globalAvgPool(x: V): V;
  /** Row-major over height, width, channels. */
  flatten(x: V): V;
  /** A product with the last axis: of a vector, of each token, of each cell of a map. */
  dense(x: V, name: string, options: DenseOptions): V;
  /**
   * Layer normalisation over the last axis (Ba et al. 2016, arXiv:1607.06450). Epsilon 1e-6 unless given; float32
   * always.
   */
  layerNorm(x: V, name: string, options?: { readonly epsilon?: number }): V;
  /**
   * Times a learned factor a channel, `<name>/gamma`, that starts at `start` (Touvron et al. 2021, arXiv:2103.17239).
   */
  layerScale(x: V, name: string, start: number): V;
  /**
   * Global response normalisation of a map (Woo et al. 2023, arXiv:2301.00808): x + gamma · x · n + beta, where n is a
   * channel's Euclidean norm over all positions divided by the mean of those norms (plus 1e-6). Starts at 0. float32
   * always.
   */
  responseNorm(x: V, name: string): V;
  /** `[height, width, channels]` → `[height · width, channels]`, row by row. */
  tokens(x: V): V;
  /** `[a, b]` → `[b, a]`. */
  transpose(x: V): V;
  /** A learned token before the others; `<name>/embedding` `[1, channels]`. */
  classToken(x: V, name: string): V;
  /** Adds a learned vector to each token; `<name>/embedding` `[tokens, channels]`. */
  positionEmbedding(x: V, name: string): V;
  /** The first token as a vector. */
  firstToken(x: V): V;
  /**
   * Self-attention of `heads` heads (Vaswani et al. 2017, arXiv:1706.03762): `[tokens, 3 · channels]`, queries, keys
   * and values one after another and heads inside each, → `[tokens, channels]`: softmax(q kᵀ / √d) v with d = channels
   * / heads. Products in the computing precision, softmax in float32.
   */
  attention(x: V, heads: number): V;
  /**
   * The same inside windows of a map (Liu et al. 2021, arXiv:2103.14030): `[height, width, 3 · channels]` → `[height,
   * width, channels]`, with a learned bias for each offset between two cells, `<name>/relativeBias` `[(2 · window −
   * 1)², heads]`. Windows must fill the map.
   */
  windowAttention(x: V, name: string, options: WindowAttentionOptions): V;
  /** A map moved up and left by `cells`, what falls out coming back on the other side; below 0: down and right. */
  roll(x: V, cells: number): V;
  /** Zeros below and to the right, up to `[height, width, channels]`. */
  extendMap(x: V, height: number, width: number): V;
  /** The upper left `[height, width, channels]`. */
  cropMap(x: V, height: number, width: number): V;
  /**
   * Single values, or all of a picture, are 0 with probability `rate` in training; the others are divided by 1 − rate.
   */
  dropout(x: V, name: string, rate: number, unit?: 'value' | 'picture'): V;
  /** a + scale · b (scale 1 unless given). */
  add(a: V, b: V, scale?: number): V;
  /** Along channels. */
  concat(values: readonly V[]): V;
  /** Channels `from` (inclusive) to `to` (exclusive). */
  sliceChannels(x: V, from: number, to: number): V;
  /** `[h, w, c]` times `[c]` (squeeze-and-excitation). */
  scaleChannels(x: V, scale: V): V;
  /** Every `stride`-th cell, starting at `start` = [row, column], the first unless given. */
  subsample(x: V, stride: number, start?: readonly [number, number]): V;
  /**
   * Channels of `groups` groups interleaved: the first of each group, then the second of each (Zhang et al. 2017,
   * arXiv:1707.01083).
   */
  shuffleChannels(x: V, groups: number): V;
  /** Zero channels before and after. */
  padChannels(x: V, before: number, after: number): V;
  /** Element by element; `b` of one channel is repeated over the channels of `a` (`[h, w, c]` times `[h, w, 1]`). */
  multiply(a: V, b: V): V;
  /**
   * Matrix square root of the covariance of the positions (iSQRT-COV, Li et al. 2018, arXiv:1712.01034): `[h, w, C]` →
   * `[C (C + 1) / 2]`, no weights. With the M = h·w positions as rows of X `[M, C]`, per image:
   * 1. Σ = (1/M) (X − 1μᵀ)ᵀ(X − 1μᵀ) + `ridge` · I, μ the mean over positions (biased covariance; centred first, so
   *   that nothing cancels);
   * 2. t = max(tr Σ, 1e-30), A = Σ / t (the bound is what a constant picture without ridge meets: the result is 0 then,
   *   not NaN, and no gradient goes through the bound);
   * 3. Y = A, Z = I; `iterations` times: T = (3 I − Z Y) / 2, Y ← Y T, Z ← T Z, both from the T of that round;
   * 4. R = √t · Y;
   * 5. the upper triangle of R with its diagonal, in `order`, entries off the diagonal not scaled. The gradient is that
   *   of these five steps, each differentiated as written (no symmetrisation beyond what they imply). float32 or
   *   better, also under bf16.
   */
  covariancePool(x: V, name: string, options?: CovariancePoolOptions): V;
}
