import { describe, expect, it } from 'vitest';
import { classWeightsOf, lossInputs, needsSoftTargets } from '../../../core/train/exampleWeights.ts';
import goldens from '../../fixtures/models/recipes-goldens.json' with { type: 'json' };

const batch = (labels: number[], mix?: { labels: Int32Array; lam: number }) => ({
  images: new Uint8Array(0),
  labels: Int32Array.from(labels),
  indices: new Int32Array(labels.length),
  count: labels.length,
  ...(mix && { mix }),
});
const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);

describe('class weights', () => {
  it("balanced ones are scikit-learn's, a class without examples weighs 1", () => {
    const { counts, balanced } = goldens.classWeights;
    classWeightsOf('balanced', counts)?.forEach((w, c) => expect(w).toBeCloseTo(balanced[c] ?? NaN, 9));
  });

  it('sqrt ones go with the root, scaled to a mean of 1 over the examples', () => {
    const weights = classWeightsOf('sqrt', [4, 16]);
    expect((weights?.[0] ?? NaN) / (weights?.[1] ?? NaN)).toBeCloseTo(2, 12);
    expect((4 * (weights?.[0] ?? NaN) + 16 * (weights?.[1] ?? NaN)) / 20).toBeCloseTo(1, 12);
  });

  it('none are null, own ones as given', () => {
    expect(classWeightsOf('none', [1, 2])).toBeNull();
    expect([...(classWeightsOf([0.5, 3], [1, 2]) ?? [])]).toEqual([0.5, 3]);
  });
});

describe('inputs of the loss', () => {
  const options = { classes: 5, classWeights: null, labelSmoothing: 0.1 };

  it("are timm's mixup targets for mixed pictures with smoothing", () => {
    const { targets } = lossInputs(batch([0, 3, 3, 1], { labels: Int32Array.of(1, 3, 3, 0), lam: 0.7 }), options, true);
    goldens.targets.flat().forEach((expected, i) => expect(targets?.[i]).toBeCloseTo(expected, 6));
  });

  it('sum to one a row and to one over the batch, with class weights too', () => {
    const weighted = { ...options, classWeights: Float64Array.of(1, 2, 3, 4, 5), labelSmoothing: 0 };
    const { targets, weights } = lossInputs(batch([4, 0, 2]), weighted, true);
    const plain = lossInputs(batch([4, 0, 2]), weighted, false);
    for (let i = 0; i < 3; i++) expect(sum(targets?.subarray(5 * i, 5 * i + 5) ?? [])).toBeCloseTo(1, 6);
    expect(plain.targets).toBeNull();
    expect([...weights]).toEqual([...plain.weights]);
    expect(sum(weights)).toBeCloseTo(1, 6);
  });

  it('need a distribution only for smoothing and mixing', () => {
    expect(needsSoftTargets({ labelSmoothing: 0, augmentation: {} })).toBe(false);
    expect(needsSoftTargets({ labelSmoothing: 0.1, augmentation: {} })).toBe(true);
    expect(needsSoftTargets({ labelSmoothing: 0, augmentation: { cutmix: 1 } })).toBe(true);
  });
});
