import { describe, expect, it } from 'vitest';
import { drawSplits, stratifiedSubset } from '../../../../core/data/batches/stratify.ts';

function count<T>(values: Iterable<T>): Map<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

describe('drawSplits', () => {
  it('gives each part its rounded share, by seed and class', () => {
    const fractions = { val: 0.2, test: 0.1, seed: 4 };
    const splits = drawSplits(50, 3, fractions);
    expect(Object.fromEntries(count(splits))).toEqual({ train: 35, val: 10, test: 5 });
    expect(drawSplits(50, 3, fractions)).toEqual(splits);
    expect(drawSplits(50, 4, fractions)).not.toEqual(splits);
    expect(drawSplits(50, 3, { ...fractions, seed: 5 })).not.toEqual(splits);
  });

  it.each([
    [1, { train: 1 }],
    [2, { train: 1, val: 1 }],
    [3, { train: 2, val: 1 }],
    [8, { train: 6, val: 2 }],
  ])('keeps a training picture in a class of %i', (pictures, expected) => {
    const parts = Object.fromEntries(count(drawSplits(pictures, 0, { val: 0.2, test: 0, seed: 0 })));
    expect(parts).toEqual(expected);
  });

  it('draws nothing for fractions of 0', () => {
    expect(new Set(drawSplits(9, 0, { val: 0, test: 0, seed: 0 }))).toEqual(new Set(['train']));
  });
});

describe('stratifiedSubset', () => {
  it('keeps shares, is ascending and always the same', () => {
    const labels = Int32Array.from([
      ...new Array<number>(60).fill(0),
      ...new Array<number>(30).fill(1),
      ...new Array<number>(10).fill(2),
    ]);
    const subset = stratifiedSubset(labels, 20);
    expect(Object.fromEntries(count(Array.from(subset, (i) => labels[i] as number)))).toEqual({ 0: 12, 1: 6, 2: 2 });
    expect([...subset]).toEqual([...subset].sort((a, b) => a - b));
    expect(stratifiedSubset(labels, 20)).toEqual(subset);
    expect(new Set(subset).size).toBe(20);
  });

  it('is exactly as large as asked, also when shares do not divide', () => {
    const labels = Int32Array.from({ length: 101 }, (_, i) => i % 7);
    for (const limit of [1, 2, 6, 7, 50, 100]) expect(stratifiedSubset(labels, limit)).toHaveLength(limit);
    expect(stratifiedSubset(labels, 500)).toHaveLength(101);
  });

  it('takes unlabelled pictures too', () => {
    expect(stratifiedSubset(new Int32Array(10).fill(-1), 4)).toHaveLength(4);
  });
});
