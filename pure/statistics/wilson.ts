/** The interval of a share that was counted. */

/**
 * Wilson score interval of a share (Wilson 1927); honest at 0 and at `total`, where the normal approximation has width
 * 0.
 * @param z standard normal quantile; 1.96 gives 95 %
 */
export function wilsonInterval(
  correct: number,
  total: number,
  z = 1.959963984540054,
): { readonly low: number; readonly high: number } {
  const share = correct / total;
  const z2 = (z * z) / total;
  const centre = (share + z2 / 2) / (1 + z2);
  const half = (z / (1 + z2)) * Math.sqrt((share * (1 - share)) / total + z2 / (4 * total));
  // Rounding leaves 1e-17 where the formula gives exactly 0 or 1.
  return {
    low: correct === 0 ? 0 : Math.max(0, centre - half),
    high: correct === total ? 1 : Math.min(1, centre + half),
  };
}
