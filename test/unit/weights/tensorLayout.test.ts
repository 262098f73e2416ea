import { describe, expect, it } from 'vitest';
import { gather, reorderFortran, transpose } from '../../../core/formats/tensorLayout.ts';

/** One index at a time. */
function slowTranspose(values: Float32Array, shape: readonly number[], order: readonly number[]): number[] {
  const strides = shape.map((_size, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const out: number[] = [];
  const visit = (depth: number, at: number): void => {
    if (depth === order.length) {
      out.push(values[at]!);
      return;
    }
    for (let i = 0; i < shape[order[depth]!]!; i++) visit(depth + 1, at + i * strides[order[depth]!]!);
  };
  visit(0, 0);
  return out;
}

const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

describe('transpose', () => {
  it.each([
    [[], []],
    [[5], [0]],
    [
      [3, 4],
      [1, 0],
    ],
    [
      [70, 65],
      [1, 0],
    ],
    [
      [2, 3, 4],
      [2, 0, 1],
    ],
    [
      [5, 3, 3, 2],
      [2, 3, 1, 0],
    ],
    [
      [40, 33, 1, 1],
      [2, 3, 1, 0],
    ],
    [
      [1, 1, 40, 33],
      [3, 2, 0, 1],
    ],
    [
      [7, 3, 4],
      [2, 1, 0],
    ],
    [
      [2, 0, 3],
      [2, 1, 0],
    ],
    [
      [2, 3, 2, 2, 3],
      [4, 2, 0, 3, 1],
    ],
  ])('of %j by %j', (shape, order) => {
    const values = Float32Array.from({ length: count(shape) }, (_, i) => i);
    expect(Array.from(transpose(values, shape, order))).toEqual(slowTranspose(values, shape, order));
  });

  it('undoes itself on a large matrix', () => {
    const values = Float32Array.from({ length: 513 * 257 }, (_, i) => i);
    expect(transpose(transpose(values, [513, 257], [1, 0]), [257, 513], [1, 0])).toEqual(values);
  });
});

describe('gather', () => {
  it('follows strides and offset, also stride 0', () => {
    const values = Float32Array.from({ length: 12 }, (_, i) => i);
    expect(Array.from(gather(values, [2, 2], [6, 2], 1))).toEqual([1, 3, 7, 9]);
    expect(Array.from(gather(values, [3, 2], [0, 1], 4))).toEqual([4, 5, 4, 5, 4, 5]);
  });
});

describe('reorderFortran', () => {
  it('reads first-axis-fastest values', () => {
    // Value 100i + 10j + k at [i, j, k], stored with i fastest.
    const stored: number[] = [];
    const rowMajor: number[] = [];
    for (let k = 0; k < 4; k++)
      for (let j = 0; j < 3; j++) for (let i = 0; i < 2; i++) stored.push(100 * i + 10 * j + k);
    for (let i = 0; i < 2; i++)
      for (let j = 0; j < 3; j++) for (let k = 0; k < 4; k++) rowMajor.push(100 * i + 10 * j + k);
    expect(Array.from(reorderFortran(Float32Array.from(stored), [2, 3, 4]))).toEqual(rowMajor);
  });
});
