/** Is one setting better than another, over seeds? A difference is called one only with its test. */
import { meanAndSd } from './seedGroups.ts';
import { studentPValue, studentQuantile } from './studentT.ts';

export interface SeedDifference {
  /** Mean of the first minus mean of the second. */
  readonly difference: number;
  /** 95 % interval of the difference. */
  readonly interval: { readonly low: number; readonly high: number };
  readonly pValue: number;
}

/** Below it, two settings are said to differ. */
export const SIGNIFICANT = 0.05;

/**
 * Welch's test (1947): settings may vary by different amounts, and their seeds say nothing of each other.
 * @param first values of the seeds of one setting, such as top-1 on the same images
 * @returns null unless both have two values, and where neither varies at all
 */
export function seedDifference(first: readonly number[], second: readonly number[]): SeedDifference | null {
  const [a, b] = [meanAndSd(first), meanAndSd(second)];
  if (a?.sd == null || b?.sd == null) return null;
  const [va, vb] = [a.sd ** 2 / a.n, b.sd ** 2 / b.n];
  const error = Math.sqrt(va + vb);
  if (error === 0) return null;
  const df = (va + vb) ** 2 / (va ** 2 / (a.n - 1) + vb ** 2 / (b.n - 1));
  const difference = a.mean - b.mean;
  const half = studentQuantile(SIGNIFICANT, df) * error;
  return {
    difference,
    interval: { low: difference - half, high: difference + half },
    pValue: studentPValue(difference / error, df),
  };
}
