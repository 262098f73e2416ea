/** Intervals and tests of verdicts beside SciPy and statsmodels; `build/goldens/statistics_goldens.py` writes them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { mcNemarExact } from '../../../core/evaluate/pairedComparison.ts';
import { compareRetrained, compareSameWeights } from '../../../core/evaluate/verdict.ts';
import { seedDifference } from '../../../pure/statistics/seedDifference.ts';
import { studentPValue, studentQuantile } from '../../../pure/statistics/studentT.ts';
import { wilsonInterval } from '../../../pure/statistics/wilson.ts';

const ends = { low: z.number(), high: z.number() };
const counts = { correct: z.int(), total: z.int() };
const { wilson, mcnemar, oneMore, withoutReplacement, welch, ...student } = z
  .object({
    wilson: z.array(z.object({ ...counts, ...ends })),
    mcnemar: z.array(z.object({ onlyFirst: z.int(), onlySecond: z.int(), pValue: z.number() })),
    oneMore: z.array(z.object({ values: z.array(z.number()), ...ends })),
    withoutReplacement: z.array(z.object({ ...counts, population: z.int(), ...ends })),
    welch: z.array(
      z.object({
        first: z.array(z.number()),
        second: z.array(z.number()),
        difference: z.number(),
        pValue: z.number(),
        ...ends,
      }),
    ),
    studentPValue: z.array(z.object({ t: z.number(), df: z.number(), pValue: z.number() })),
    studentQuantile: z.array(z.object({ alpha: z.number(), df: z.number(), t: z.number() })),
  })
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, '../../fixtures/statistics/goldens.json'), 'utf8')));

const published = { share: 0.5, decimals: 2 };
const intervalOf = (verdict: object): { low: number; high: number } =>
  z.object({ interval: z.object(ends) }).parse(verdict).interval;

test.each(wilson)('Wilson interval of $correct in $total', ({ correct, total, low, high }) => {
  const interval = wilsonInterval(correct, total);
  expect(interval.low).toBeCloseTo(low, 12);
  expect(interval.high).toBeCloseTo(high, 12);
});

test.each(mcnemar)('McNemar, exact: $onlyFirst against $onlySecond', ({ onlyFirst, onlySecond, pValue }) => {
  expect(mcNemarExact(onlyFirst, onlySecond) / pValue).toBeCloseTo(1, 8);
});

test.each(oneMore)('where one more training is expected after $values.length seeds', ({ values, low, high }) => {
  const interval = intervalOf(compareRetrained(published, values, 500));
  expect(interval.low).toBeCloseTo(low, 11);
  expect(interval.high).toBeCloseTo(high, 11);
});

test.each(withoutReplacement)('$total of $population images', ({ correct, total, population, low, high }) => {
  const interval = intervalOf(compareSameWeights(published, { correct, total, population }));
  expect(interval.low).toBeCloseTo(low, 12);
  expect(interval.high).toBeCloseTo(high, 12);
});

test.each(welch)('Welch: seeds of two settings', ({ first, second, difference, pValue, low, high }) => {
  const found = seedDifference(first, second)!;
  expect(found.difference).toBeCloseTo(difference, 13);
  expect(found.pValue / pValue).toBeCloseTo(1, 9);
  expect(found.interval.low).toBeCloseTo(low, 10);
  expect(found.interval.high).toBeCloseTo(high, 10);
});

test('Student: tails and quantiles', () => {
  for (const { t, df, pValue } of student.studentPValue) expect(studentPValue(t, df) / pValue).toBeCloseTo(1, 8);
  for (const { alpha, df, t } of student.studentQuantile) expect(studentQuantile(alpha, df) / t).toBeCloseTo(1, 11);
});

test('a single seed, and seeds that do not vary, say nothing of a difference', () => {
  expect(seedDifference([0.5], [0.6, 0.7])).toBeNull();
  expect(seedDifference([0.5, 0.5], [0.6, 0.6])).toBeNull();
});
