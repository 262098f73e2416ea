/** Debiased exponential mean (as in Adam's first moment), so that the beginning is not drawn towards zero. Gaps stay gaps. */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  if (weight <= 0) return [...values];
  let mean = 0;
  let share = 1;
  return values.map((value) => {
    if (value === null) return null;
    mean = weight * mean + (1 - weight) * value;
    share *= weight;
    return mean / (1 - share);
  });
}

/** Index of the x nearest to `at` in ascending `xs`; −1 when there is none. */
export function nearestIndex(xs: readonly number[], at: number): number {
  let low = 0;
  let high = xs.length - 1;
  if (high < 0) return -1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((xs[middle] ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  return low > 0 && at - (xs[low - 1] ?? 0) <= (xs[low] ?? 0) - at ? low - 1 : low;
}
