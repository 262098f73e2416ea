import { describe, expect, test } from 'vitest';
import { compareRetrained, compareSameWeights, imagesNeeded } from '../../../core/evaluate/verdict.ts';

const published = (percent: string): { share: number; decimals: number } => ({
  share: Number(percent) / 100,
  decimals: percent.split('.')[1]?.length ?? 0,
});

describe('the same weights', () => {
  test('on all images agree up to rounding and one image in a thousand', () => {
    const on50k = (correct: number): string =>
      compareSameWeights(published('76.13'), { correct, total: 50_000, population: 50_000 }).kind;
    expect(on50k(38_065)).toBe('agrees');
    expect(on50k(38_065 + 52)).toBe('agrees');
    expect(on50k(38_065 + 53)).toBe('differs');
    expect(on50k(38_065 - 53)).toBe('differs');
  });

  test('on other images: the Wilson interval of statsmodels', () => {
    const verdict = compareSameWeights(published('91.73'), { correct: 784, total: 846, population: null });
    // proportion_confint(784, 846, method='wilson')
    expect(verdict).toMatchObject({ kind: 'tooFewImages' });
    expect('interval' in verdict && verdict.interval.low).toBeCloseTo(0.9071581120393958, 12);
    expect('interval' in verdict && verdict.interval.high).toBeCloseTo(0.9424121136847093, 12);
  });

  test('on a sample of the images: without replacement', () => {
    const verdict = compareSameWeights(published('71'), { correct: 700, total: 1000, population: 50_000 });
    expect(verdict).toMatchObject({ kind: 'tooFewImages', neededImages: 6947 });
    expect('interval' in verdict && verdict.interval.low).toBeCloseTo(0.6718826025909297, 12);
    expect('interval' in verdict && verdict.interval.high).toBeCloseTo(0.7281173974090702, 12);
    expect(compareSameWeights(published('60.00'), { correct: 700, total: 1000, population: 50_000 }).kind).toBe(
      'differs',
    );
  });

  test('a file that is tried needs less than a table: 787 of 846 images beside a published 92.63', () => {
    const tried = [published('92.63'), { correct: 787, total: 846, population: 10_000 }] as const;
    expect(compareSameWeights(...tried).kind).toBe('tooFewImages');
    expect(compareSameWeights(...tried, { decisiveHalfWidth: 0.02 }).kind).toBe('agrees');
    const far = compareSameWeights(published('95.00'), tried[1], { decisiveHalfWidth: 0.02 });
    expect(far.kind).toBe('differs');
    const few = compareSameWeights(
      published('92'),
      { correct: 93, total: 100, population: 10_000 },
      { decisiveHalfWidth: 0.02 },
    );
    expect(few).toMatchObject({ kind: 'tooFewImages', neededImages: 589 });
  });

  test('what would decide: z² p (1 − p) / w²', () => {
    expect(imagesNeeded(0.3591, 0.01, null)).toBe(8842);
    expect(imagesNeeded(0.7, 0.01, null)).toBe(8068);
    expect(imagesNeeded(1, 0.01, null)).toBeGreaterThan(300);
  });
});

describe('another training', () => {
  test('one seed knows the images alone', () => {
    const verdict = compareRetrained(published('35.91'), [0.3591], 10_000);
    expect(verdict).toMatchObject({ kind: 'agrees', reason: expect.stringContaining('one seed') });
    expect(compareRetrained(published('40.01'), [0.3591], 10_000).kind).toBe('differs');
  });

  test('several seeds: where one more training is expected (scipy.stats.t)', () => {
    const verdict = compareRetrained(published('37.00'), [0.502, 0.476, 0.53], 500);
    expect('interval' in verdict && verdict.interval.low).toBeCloseTo(0.3684925653702933, 6);
    expect('interval' in verdict && verdict.interval.high).toBeCloseTo(0.6368407679630401, 6);
    expect(verdict.kind).toBe('agrees');
    expect(compareRetrained(published('36.0'), [0.502, 0.476, 0.53], 500).kind).toBe('differs');
  });

  test('nothing measured is not comparable', () => {
    expect(compareRetrained(published('37.00'), [], 500).kind).toBe('notComparable');
  });
});
