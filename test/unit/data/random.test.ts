import { describe, expect, it } from 'vitest';
import { hashStream, keyedRandom, permutation, philox } from '../../../core/data/random.ts';

/** Pearson's chi-squared of counts against equal shares. */
function chiSquared(counts: readonly number[]): number {
  const expected = counts.reduce((a, b) => a + b, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

describe('philox', () => {
  // Known answers published with the Random123 library (kat_vectors, philox4x32 10).
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])('gives the published answer for counter %j and key %j', (counter, key, expected) => {
    const out = new Uint32Array(4);
    philox(...(counter as [number, number, number, number]), ...(key as [number, number]), out);
    expect([...out]).toEqual(expected);
  });
});

describe('keyedRandom', () => {
  const first = (...key: [number, string, ...number[]]): number[] => {
    const random = keyedRandom(...key);
    return [random.uint32(), random.uint32(), random.uint32(), random.uint32(), random.uint32()];
  };

  it('repeats for one key and differs for any other', () => {
    const keys: [number, string, ...number[]][] = [
      [0, 'a'],
      [1, 'a'],
      [0, 'b'],
      [0, 'a', 1],
      [0, 'a', 0, 1],
      [0, 'a', 0, 0, 1],
      [0xffffffff, 'a'],
    ];
    const draws = keys.map((key) => first(...key).join());
    expect(keys.map((key) => first(...key).join())).toEqual(draws);
    expect(new Set(draws).size).toBe(keys.length);
  });

  it('refuses keys that would be cut off', () => {
    for (const key of [
      [-1, 'a'],
      [0.5, 'a'],
      [2 ** 32, 'a'],
      [0, 'a', -1],
      [0, 'a', 1, 2, 3, 4],
    ] as [number, string, ...number[]][]) {
      expect(() => keyedRandom(...key), JSON.stringify(key)).toThrow(RangeError);
    }
  });

  it('is uniform over neighbouring keys', () => {
    const counts = new Array<number>(256).fill(0);
    for (let i = 0; i < 100_000; i += 1) {
      const bucket = keyedRandom(7, 'augment', 3, i).uint32() >>> 24;
      counts[bucket] = (counts[bucket] as number) + 1;
    }
    // 255 degrees of freedom: mean 255, standard deviation 22.6.
    expect(chiSquared(counts)).toBeGreaterThan(165);
    expect(chiSquared(counts)).toBeLessThan(345);
  });

  it('draws int(n) evenly, uniform() in [0, 1) and standard normals', () => {
    const random = keyedRandom(3, 'distribution');
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 70_000; i += 1) {
      const value = random.int(7);
      counts[value] = (counts[value] as number) + 1;
    }
    expect(chiSquared(counts)).toBeLessThan(24);
    const uniforms = Array.from({ length: 50_000 }, () => random.uniform());
    expect(Math.min(...uniforms)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...uniforms)).toBeLessThan(1);
    expect(uniforms.reduce((a, b) => a + b, 0) / uniforms.length).toBeCloseTo(0.5, 2);
    const normals = Array.from({ length: 50_000 }, () => random.normal());
    const mean = normals.reduce((a, b) => a + b, 0) / normals.length;
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(normals.reduce((a, b) => a + b * b, 0) / normals.length).toBeCloseTo(1, 1);
    expect(normals.filter((value) => Math.abs(value) > 1.959964).length / normals.length).toBeCloseTo(0.05, 2);
  });

  it('refuses int of nothing', () => {
    expect(() => keyedRandom(0, 'a').int(0)).toThrow(RangeError);
    expect(keyedRandom(0, 'a').int(1)).toBe(0);
  });

  it('hashes stream names apart', () => {
    const names = [
      'shuffle',
      'augment',
      'split',
      'subset',
      'init',
      'dropout',
      ...Array.from({ length: 2000 }, (_, i) => `layer${i}`),
    ];
    expect(new Set(names.map(hashStream)).size).toBe(names.length);
  });
});

describe('permutation', () => {
  it('holds every position once, the same for the same key, another for another', () => {
    const order = permutation(1000, 5, 'shuffle', 2);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(permutation(1000, 5, 'shuffle', 2)).toEqual(order);
    for (const other of [
      permutation(1000, 6, 'shuffle', 2),
      permutation(1000, 5, 'other', 2),
      permutation(1000, 5, 'shuffle', 3),
    ])
      expect(other).not.toEqual(order);
    expect(permutation(0, 0, 'shuffle', 0)).toHaveLength(0);
  });

  it('makes all orders of four equally often', () => {
    const counts = new Map<string, number>();
    for (let epoch = 0; epoch < 24_000; epoch += 1) {
      const name = permutation(4, 1, 'shuffle', epoch).join('');
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    // 23 degrees of freedom; 99.99 % quantile 58.
    expect(chiSquared([...counts.values()])).toBeLessThan(58);
  });
});
