/**
 * In which order a file keeps the axes of its kernels, and how to bring them into ours (`[h, w, in, out]`, dense `[in,
 * out]`, flattened h, w, channels).
 */
import { transpose } from '../formats/tensorLayout.ts';

export type ConvOrder = 'hwio' | 'oihw';
export type DenseOrder = 'io' | 'oi';

export interface KernelLayout {
  readonly conv: ConvOrder;
  readonly dense: DenseOrder;
  /** How the first dense layer's inputs were flattened. */
  readonly flatten: 'hwc' | 'chw';
}

/** One of our kernels beside its foreign shape. */
export interface KernelPair {
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
}

function same(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

function reordered(shape: readonly number[], order: readonly number[]): number[] {
  return order.map((axis) => shape[axis]!);
}

const OIHW_TO_HWIO = [2, 3, 1, 0] as const;

function product(shape: readonly number[]): number {
  return shape.reduce((result, size) => result * size, 1);
}

/** A dense kernel written as a convolution over the whole map, as a matrix in its own order. */
function asMatrix(theirs: readonly number[], order: DenseOrder): readonly number[] {
  if (theirs.length !== 4) return theirs;
  return order === 'oi' ? [theirs[0]!, product(theirs.slice(1))] : [product(theirs.slice(0, 3)), theirs[3]!];
}

/**
 * Keras's depthwise kernels `[h, w, channels, multiplier]` hold the same values in the same order as ours of one
 * channel a group, `[h, w, 1, channels · multiplier]`.
 */
function isDepthwise({ ours, theirs }: KernelPair): boolean {
  return (
    theirs.length === 4 &&
    ours[2] === 1 &&
    ours[3] === theirs[2]! * theirs[3]! &&
    ours[0] === theirs[0] &&
    ours[1] === theirs[1]
  );
}

function fitsConv(pair: KernelPair, order: ConvOrder): boolean {
  if (order === 'hwio' && isDepthwise(pair)) return true;
  return (
    pair.theirs.length === 4 && same(order === 'hwio' ? pair.theirs : reordered(pair.theirs, OIHW_TO_HWIO), pair.ours)
  );
}

function fitsDense(pair: KernelPair, order: DenseOrder): boolean {
  const matrix = asMatrix(pair.theirs, order);
  return same(order === 'io' ? matrix : [...matrix].reverse(), pair.ours);
}

function vote<Order extends string>(
  pairs: readonly KernelPair[],
  fits: (pair: KernelPair, order: Order) => boolean,
  usual: Order,
  other: Order,
): Order | null {
  let balance = 0;
  for (const pair of pairs) balance += Number(fits(pair, usual)) - Number(fits(pair, other));
  return balance > 0 ? usual : balance < 0 ? other : null;
}

/**
 * The order that the shapes themselves show; where all shapes fit both (square kernels), the one `usual` for the file's
 * format. Decided once a file, since a single square kernel cannot tell.
 */
export function detectLayout(pairs: readonly KernelPair[], usual: ConvOrder): KernelLayout {
  const other = usual === 'hwio' ? 'oihw' : 'hwio';
  const conv =
    vote(
      pairs.filter(({ ours }) => ours.length === 4),
      fitsConv,
      usual,
      other,
    ) ?? usual;
  const usualDense = conv === 'hwio' ? 'io' : 'oi';
  const dense =
    vote(
      pairs.filter(({ ours }) => ours.length === 2),
      fitsDense,
      usualDense,
      usualDense === 'io' ? 'oi' : 'io',
    ) ?? usualDense;
  return { conv, dense, flatten: conv === 'oihw' ? 'chw' : 'hwc' };
}

/**
 * A function that brings a tensor of shape `theirs` into our shape `ours`; null where it does not fit. `grid`: `[h, w,
 * channels]` of the map that was flattened into a dense kernel's inputs.
 */
export function reorderTo(
  ours: readonly number[],
  theirs: readonly number[],
  layout: KernelLayout,
  grid: readonly number[] | null,
): ((values: Float32Array) => Float32Array) | null {
  if (ours.length === 4) {
    if (!fitsConv({ ours, theirs }, layout.conv)) return null;
    return layout.conv === 'hwio' ? (values) => values : (values) => transpose(values, theirs, OIHW_TO_HWIO);
  }
  if (ours.length === 2) {
    if (!fitsDense({ ours, theirs }, layout.dense)) return null;
    const [inputs, units] = ours as readonly [number, number];
    const cells = grid ? grid[0]! * grid[1]! : 1;
    const channels = inputs / cells;
    if (layout.dense === 'oi') {
      if (layout.flatten === 'chw') return (values) => transpose(values, [units, channels, cells], [2, 1, 0]);
      return (values) => transpose(values, [units, inputs], [1, 0]);
    }
    return layout.flatten === 'chw' && cells > 1
      ? (values) => transpose(values, [channels, cells, units], [1, 0, 2])
      : (values) => values;
  }
  const vector = theirs.filter((size) => size !== 1);
  return same(theirs, ours) ||
    same(
      vector,
      ours.filter((size) => size !== 1),
    )
    ? (values) => values
    : null;
}
