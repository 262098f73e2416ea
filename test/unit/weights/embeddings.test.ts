import { describe, expect, it } from 'vitest';
import { readTable } from '../../../core/weights/embeddings.ts';

/** Entry i is sin(i + 1). */
const waves = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => Math.sin(i + 1));

// timm 1.0: resample_abs_pos_embed, which is PyTorch's bicubic interpolation with antialias.
const UP = [
  0.841471, 0.909297, 0.201912, -0.811567, -0.329924, -0.648917, -0.955825, -0.260007, 0.054702, 0.57405, 0.79793,
  1.083549, 0.316116, -0.718818, -0.265485, -0.637215, -0.975056, -0.360012, -0.015274, 0.533553, 0.703843, 1.095409,
  0.518693, -0.544583, -0.146763, -0.60979, -0.99999, -0.536573, -0.141176, 0.455288, 0.527349, 1.105866, 0.696293,
  -0.344126, -0.020973, -0.553002, -0.976772, -0.687297, -0.26028, 0.355101, 0.325461, 1.063074, 0.791036, -0.230944,
  0.048972, -0.518421, -0.958485, -0.767169, -0.32496, 0.297521, 0.211588, 1.033443,
];
const DOWN = [
  0.141524, 0.146221, -0.109318, -0.111011, 0.144073, 0.143799, 0.011283, -0.057347, -0.007723, 0.044498, 0.008894,
  -0.058906, -0.159591, -0.054391, 0.121685, 0.039756, -0.158316, -0.049472,
];

describe('a table of learned vectors', () => {
  it('is taken as it is where only axes of 1 differ', () => {
    const values = waves(12);
    expect(readTable([4, 3], [1, 4, 3])!(values)).toEqual(values);
    expect(readTable([1, 3], [1, 1, 3])!(waves(3))).toEqual(waves(3));
    expect(readTable([4, 3], [4, 3])!(values)).toEqual(values);
  });

  it('does not fit with other channels, or where no square grid explains its length', () => {
    expect(readTable([17, 3], [1, 17, 4])).toBeNull();
    expect(readTable([17, 3], [1, 16, 3])).toBeNull();
    expect(readTable([17, 3], [1, 9, 3])).toBeNull();
    expect(readTable([169, 3], [140, 3])).toBeNull();
  });

  it.each([
    ['a larger grid behind a class token', [26, 2], [1, 10, 2], UP],
    ['a smaller grid', [9, 2], [1, 25, 2], DOWN],
  ] as const)('is interpolated as timm does to %s', (_, ours, theirs, expected) => {
    const resized = readTable(ours, theirs)!(waves(theirs.reduce<number>((count, side) => count * side, 1)));
    expect(resized).toHaveLength(expected.length);
    resized.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 5);
    });
  });
});
