import { describe, expect, it } from 'vitest';
import { calibration } from '../../../core/evaluate/calibration.ts';
import { checkLabelOrder } from '../../../core/evaluate/labelOrder.ts';
import {
  bootstrapDifference,
  compareOnSameImages,
  mcNemarExact,
  pairedCounts,
} from '../../../core/evaluate/pairedComparison.ts';
import { seeded } from './seeded.ts';

describe('McNemar', () => {
  it('equals the binomial test in whole numbers', () => {
    const choose = (n: bigint, k: bigint): bigint => (k === 0n ? 1n : (choose(n, k - 1n) * (n - k + 1n)) / k);
    for (const [a, b] of [
      [0, 0],
      [0, 5],
      [5, 0],
      [3, 4],
      [6, 16],
      [40, 70],
      [121, 59],
      [200, 200],
    ] as const) {
      const n = a + b;
      let tail = 0n;
      for (let k = 0; k <= Math.min(a, b); k++) tail += choose(BigInt(n), BigInt(k));
      const expected = Math.min(1, (2 * Number((tail * 10n ** 40n) / 2n ** BigInt(n))) / 1e40);
      expect(mcNemarExact(a, b) / expected).toBeCloseTo(1, 9);
    }
  });

  it('holds for many images, where the terms are too small for a float', () => {
    expect(mcNemarExact(50_000, 50_000)).toBe(1);
    expect(mcNemarExact(49_000, 51_000)).toBeCloseTo(2.57e-10, 11);
    expect(mcNemarExact(0, 100_000)).toBe(0);
  });
});

describe('comparison on the same images', () => {
  it('counts who is right where', () => {
    expect(pairedCounts([0, 0, 1, 1, 0], [0, 1, 0, 1, 0], [0, 0, 0, 0, -1])).toEqual({
      labelled: 4,
      both: 1,
      onlyFirst: 1,
      onlySecond: 1,
      neither: 1,
    });
    expect(() => pairedCounts([0], [0, 1], [0])).toThrow(expect.objectContaining({ code: 'prediction.classMismatch' }));
  });

  it('is repeatable, ordered, and says nothing where nothing is labelled', () => {
    const next = seeded(1);
    const draw = (): number[] => Array.from({ length: 400 }, () => Math.floor(next() * 3));
    const [labels, first, second] = [draw(), draw(), draw()];
    const comparison = compareOnSameImages(first, second, labels);
    expect(compareOnSameImages(first, second, labels)).toEqual(comparison);
    expect(comparison.interval!.low).toBeLessThan(comparison.difference!);
    expect(comparison.interval!.high).toBeGreaterThan(comparison.difference!);
    expect(compareOnSameImages([0], [0], [-1])).toMatchObject({
      labelled: 0,
      difference: null,
      interval: null,
      pValue: 1,
    });
  });

  it('the interval has the width that theory gives, also where most images differ', () => {
    for (const [onlyFirst, onlySecond] of [
      [360, 280],
      [2080, 1240],
      [60, 0],
      [0, 0],
    ] as const) {
      const n = 4000;
      const interval = bootstrapDifference(
        { labelled: n, both: 0, onlyFirst, onlySecond, neither: n - onlyFirst - onlySecond },
        2000,
        3,
      );
      const difference = (onlyFirst - onlySecond) / n;
      const deviation = Math.sqrt((onlyFirst + onlySecond) / n - difference ** 2) / Math.sqrt(n);
      expect(Math.abs(interval.low - (difference - 1.96 * deviation))).toBeLessThanOrEqual(0.2 * deviation);
      expect(Math.abs(interval.high - (difference + 1.96 * deviation))).toBeLessThanOrEqual(0.2 * deviation);
    }
  });
});

describe('calibration', () => {
  it('equals the definition on a small example', () => {
    const result = calibration(Float32Array.of(0.9, 0.1, 0.8, 0.2, 0.4, 0.6, 1, 0), [0, 1, 1, -1], 2, 5);
    expect(result.labelled).toBe(3);
    expect(result.bins.map((bin) => bin.count)).toEqual([0, 0, 0, 1, 2]);
    // One image at 0.6 and right, two at 0.9 and 0.8 of which one is right.
    expect(result.expectedError).toBeCloseTo((0.4 + 2 * Math.abs(0.85 - 0.5)) / 3, 6);
    expect(result.largestError).toBeCloseTo(0.4, 6);
  });

  it('is near 0 for probabilities that come true, and large for boasting', () => {
    const next = seeded(2);
    const images = 20_000;
    const honest = new Float32Array(images * 2);
    const labels = new Int32Array(images);
    for (let image = 0; image < images; image++) {
      const p = 0.5 + next() / 2;
      honest.set([p, 1 - p], image * 2);
      labels[image] = next() < p ? 0 : 1;
    }
    expect(calibration(honest, labels, 2).expectedError).toBeLessThan(0.015);
    expect(
      calibration(
        honest.map((_, at) => (at % 2 === 0 ? 1 : 0)),
        labels,
        2,
      ).expectedError,
    ).toBeGreaterThan(0.2);
    expect(calibration(honest, new Int32Array(images).fill(-1), 2)).toMatchObject({ labelled: 0, expectedError: null });
  });
});

describe('label-order doctor', () => {
  /** A network that is right on `skill` of the images, its classes numbered by `order`. */
  function decisions(
    classes: number,
    perClass: number,
    skill: number,
    order: (c: number) => number,
    seed = 5,
  ): { decision: number[]; labels: number[] } {
    const next = seeded(seed);
    const labels = Array.from({ length: classes * perClass }, (_, image) => image % classes);
    return { labels, decision: labels.map((label) => (next() < skill ? order(label) : Math.floor(next() * classes))) };
  }

  it('finds another order, with its agreement', () => {
    const { decision, labels } = decisions(200, 50, 0.4, (c) => (c * 7 + 3) % 200);
    const finding = checkLabelOrder(decision, labels, 200);
    expect(finding.suspected).toBe(true);
    expect(finding.accuracy).toBeLessThan(0.02);
    expect(finding.agreement).toBeGreaterThan(0.36);
    expect(finding.agreementInterval!.low).toBeLessThan(finding.agreement);
    for (let label = 0; label < 200; label++) expect(finding.mapping[(label * 7 + 3) % 200]).toBe(label);
  });

  it('finds two classes exchanged', () => {
    const { decision, labels } = decisions(10, 100, 0.8, (c) => (c === 3 ? 5 : c === 5 ? 3 : c));
    const finding = checkLabelOrder(decision, labels, 10);
    expect(finding).toMatchObject({ suspected: true, moved: 2 });
    expect([finding.mapping[3], finding.mapping[5]]).toEqual([5, 3]);
  });

  it.each<[string, number, number, number]>([
    ['a good network', 10, 100, 0.9],
    ['a poor network in the right order', 200, 50, 0.1],
    ['chance', 10, 100, 0],
    ['chance with one image a class', 1000, 1, 0],
    ['one image a class', 1000, 2, 0.5],
  ])('says nothing about %s', (_, classes, perClass, skill) => {
    for (let seed = 1; seed <= 5; seed++) {
      const { decision, labels } = decisions(classes, perClass, skill, (c) => c, seed);
      expect(checkLabelOrder(decision, labels, classes).suspected).toBe(false);
    }
  });

  it('says nothing where nothing is labelled', () => {
    expect(checkLabelOrder([1, 0], [-1, -1], 2)).toMatchObject({
      suspected: false,
      checked: 0,
      agreementInterval: null,
    });
  });
});
