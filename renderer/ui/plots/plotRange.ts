/** From where to where a plot reaches. */
import type { PlotAxis, PlotLine, Range } from './plotLine.ts';

/** Share of the height that stays free above and below the lines. */
const MARGIN = 0.05;

/** First place in ascending `xs` that is not below `x`. */
export function placeOf(xs: readonly number[], x: number): number {
  let low = 0;
  let high = xs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs[middle]! < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the x nearest to `at` in ascending `xs`; −1 when there is none. */
export function nearestIndex(xs: readonly number[], at: number): number {
  const next = Math.min(placeOf(xs, at), xs.length - 1);
  return next > 0 && at - (xs[next - 1] ?? 0) <= (xs[next] ?? 0) - at ? next - 1 : next;
}

/** Places of the points within `range` and of one more on each side, to which lines lead. The end is not included. */
export function windowOf(xs: readonly number[], [from, to]: Range): Range {
  return [Math.max(0, placeOf(xs, from) - 1), Math.min(xs.length, placeOf(xs, to) + 2)];
}

export function xRange(lines: readonly PlotLine[], { min, max, log = false }: PlotAxis): Range {
  let from = Infinity;
  let to = -Infinity;
  for (const { xs } of lines) {
    from = Math.min(from, xs[0] ?? Infinity);
    to = Math.max(to, xs.at(-1) ?? -Infinity);
  }
  const range: Range = [min ?? from, max ?? to];
  if (Number.isFinite(range[0]) && range[0] < range[1]) return range;
  const middle = Number.isFinite(range[0]) ? range[0] : log ? 1 : 0;
  return log ? [middle / 2, middle * 2] : [middle, middle + 1];
}

/** Of the points between the ends of x, with some air. A logarithmic axis knows positive values only. */
export function yRange(lines: readonly PlotLine[], [from, to]: Range, { min, max, log = false }: PlotAxis): Range {
  let lowest = Infinity;
  let highest = -Infinity;
  for (const { xs, ys, spread } of lines) {
    const end = placeOf(xs, to);
    for (let i = placeOf(xs, from); i < ys.length && (i < end || xs[i] === to); i++) {
      const y = ys[i];
      if (y === null || y === undefined || (log && y <= 0)) continue;
      const reach = spread?.[i] ?? 0;
      lowest = Math.min(lowest, log && y - reach <= 0 ? y : y - reach);
      highest = Math.max(highest, y + reach);
    }
  }
  if (lowest > highest) return log ? [0.1, 1] : [min ?? 0, max ?? 1];
  if (log) {
    const air = Math.max(1.1, (highest / lowest) ** MARGIN);
    return [lowest / air, highest * air];
  }
  const air = (highest - lowest || Math.abs(highest) || 1) * MARGIN;
  const bottom = min ?? lowest - air;
  const top = max ?? highest + air;
  return bottom < top ? [bottom, top] : [bottom, bottom + 1];
}
