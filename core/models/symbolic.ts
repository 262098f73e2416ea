/**
 * Values that have a shape and see a part of the input, but hold no numbers; and the checks that layers make of them.
 */
import type { Value } from './builder.ts';
import type { Sides } from './geometry.ts';

/** A shape, and how far it sees: `field` and `jump` in input pixels, null behind a global pooling. */
export interface Symbolic extends Value {
  readonly id: number;
  readonly field: number | null;
  readonly jump: number;
}

export type Sees = Pick<Symbolic, 'field' | 'jump'>;
export const GLOBAL: Sees = { field: null, jump: 1 };

export function window(x: Symbolic, kernel: number, stride: number): Sees {
  return { field: x.field === null ? null : x.field + (kernel - 1) * x.jump, jump: x.jump * stride };
}

export function merged(values: readonly Symbolic[]): Sees {
  const field = values.some((value) => value.field === null)
    ? null
    : Math.max(...values.map((value) => value.field ?? 0));
  return { field, jump: Math.max(...values.map((value) => value.jump)) };
}

export function mapShape(x: Symbolic, layer: string): readonly [number, number, number] {
  const [height, width, channels] = x.shape;
  if (x.shape.length !== 3 || height === undefined || width === undefined || channels === undefined)
    throw new Error(`${layer}: needs [height, width, channels], got [${x.shape.join(', ')}]`);
  return [height, width, channels];
}

export function fits(layer: string, [height, width]: readonly [number, number]): readonly [number, number] {
  if (height < 1 || width < 1) throw new Error(`${layer}: the window is larger than its padded input`);
  return [height, width];
}

export function tokenShape(x: Symbolic, layer: string): readonly [number, number] {
  const [count, channels] = x.shape;
  if (x.shape.length !== 2 || count === undefined || channels === undefined)
    throw new Error(`${layer}: needs [tokens, channels], got [${x.shape.join(', ')}]`);
  return [count, channels];
}

/** Channels of queries, keys or values. */
export function thirdFor(heads: number, channels: number): number {
  if (channels % (3 * heads) !== 0)
    throw new Error(`${channels} channels are not queries, keys and values of ${heads} heads`);
  return channels / 3;
}

export function sides({ top, bottom, left, right }: Sides): readonly [number, number, number, number] {
  return [top, bottom, left, right];
}

export function product(shape: readonly number[]): number {
  return shape.reduce((result, side) => result * side, 1);
}

export function total<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}
