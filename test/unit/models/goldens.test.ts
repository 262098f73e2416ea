import { describe, expect, it } from 'vitest';
import { describeNetwork } from '../../../core/models/describe.ts';
import { getModel } from '../../../core/models/registry.ts';
import type { WeightKind } from '../../../core/models/weightSpecs.ts';
import goldens from '../../fixtures/models/vgg-goldens.json' with { type: 'json' };
import { formulaLabels, formulaPictures, formulaWeight } from '../../support/formulaWeights.ts';

interface Digest {
  readonly sum: number;
  readonly squares: number;
  readonly entries: readonly number[];
}

function expectDigest(values: Float32Array, digest: Digest): void {
  const indices =
    values.length <= 16
      ? [...values.keys()]
      : Array.from({ length: 6 }, (_, k) => Math.floor((k * (values.length - 1)) / 5));
  // the fixture rounds to ten digits
  expect(digest.entries).toHaveLength(indices.length);
  indices.forEach((index, k) => expect(values[index]).toBeCloseTo(digest.entries[k] ?? NaN, 8));
  expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(digest.sum, 5);
  expect(values.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(digest.squares, 5);
}

describe('formula weights', () => {
  it.each(goldens.formula as [string, number[], Digest][])(
    '%s is what the goldens were computed with',
    (name, shape, digest) => {
      expectDigest(formulaWeight({ name, shape, kind: name.split('/')[1] as WeightKind }), digest);
    },
  );

  it('makes the pictures and labels the goldens were computed with', () => {
    expectDigest(formulaPictures([4, 32, 32, 3]), goldens.pictures);
    expect([...formulaLabels(16, 10)]).toEqual(goldens.labels);
  });
});

describe('weights of the goldens', () => {
  it.each(goldens.cases)(
    '$model at $size pixels has the names, shapes and order of the description',
    ({ model, size, channels, classes, options, weights }) => {
      const description = describeNetwork(getModel(model), { size, channels, classes, options });
      expect(description.weights.map(({ name, shape }) => [name, [...shape]])).toEqual(weights);
    },
  );
});
