import { describe, expect, it } from 'vitest';
import { elementCount, swapBytes, toFloat32 } from '../../../core/formats/dtype.ts';

const words = (...values: number[]): Uint8Array<ArrayBuffer> => new Uint8Array(new Uint16Array(values).buffer);

describe('toFloat32', () => {
  it('decodes float16: ones, subnormals, the largest, infinities, NaN, both zeros', () => {
    const values = toFloat32(
      words(0x3c00, 0xc000, 0x0001, 0x8001, 0x7bff, 0x7c00, 0xfc00, 0x7e00, 0x8000, 0x0400),
      'f16',
    );
    expect(Array.from(values)).toEqual([1, -2, 2 ** -24, -(2 ** -24), 65504, Infinity, -Infinity, NaN, -0, 2 ** -14]);
  });

  it('decodes bfloat16 and both float8 formats', () => {
    expect(Array.from(toFloat32(words(0x3f80, 0xbf80, 0x7f80, 0x0001), 'bf16'))).toEqual([
      1,
      -1,
      Infinity,
      Math.fround(2 ** -133),
    ]);
    expect(Array.from(toFloat32(new Uint8Array([0x38, 0x7e, 0x7f, 0x01, 0xb8]), 'f8_e4m3'))).toEqual([
      1,
      448,
      NaN,
      2 ** -9,
      -1,
    ]);
    expect(Array.from(toFloat32(new Uint8Array([0x3c, 0x7b, 0x7c, 0x01]), 'f8_e5m2'))).toEqual([
      1,
      57344,
      Infinity,
      2 ** -16,
    ]);
  });

  it('reads integers, also beyond 2^53, and shares float32', () => {
    expect(Array.from(toFloat32(new Uint8Array(new BigInt64Array([-3n, 2n ** 60n]).buffer), 'i64'))).toEqual([
      -3,
      2 ** 60,
    ]);
    const bytes = new Uint8Array(new Float32Array([1.5]).buffer);
    expect(toFloat32(bytes, 'f32').buffer).toBe(bytes.buffer);
  });
});

describe('elementCount', () => {
  it('multiplies, and refuses what no file can hold', () => {
    expect(elementCount([], 'x')).toBe(1);
    expect(elementCount([2 ** 40, 2 ** 40, 0], 'x')).toBe(0);
    expect(() => elementCount([2 ** 30, 2 ** 30], 'x')).toThrow(expect.objectContaining({ code: 'weights.limit' }));
    for (const shape of [[-1], [1.5], [NaN], [2 ** 60]])
      expect(() => elementCount(shape, 'x')).toThrow(expect.objectContaining({ code: 'weights.damaged' }));
  });
});

describe('swapBytes', () => {
  it.each([
    [1, [1, 2, 3, 4, 5, 6, 7, 8]],
    [2, [2, 1, 4, 3, 6, 5, 8, 7]],
    [4, [4, 3, 2, 1, 8, 7, 6, 5]],
    [8, [8, 7, 6, 5, 4, 3, 2, 1]],
  ])('elements of %i bytes', (size, expected) => {
    const bytes = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]);
    swapBytes(bytes, size);
    expect(Array.from(bytes)).toEqual(expected);
  });
});
