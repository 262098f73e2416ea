import { nearestIndex } from './plotRange.ts';
import type { PlotLine } from './plotLine.ts';

/**
 * Owner of the line that passes nearest to `top` at `x`; null when none passes within `most` pixels.
 * @param pixel row of a value
 */
export function nearestLine(
  lines: readonly PlotLine[],
  x: number,
  top: number,
  pixel: (value: number) => number,
  most: number,
): string | null {
  let found: string | null = null;
  let least = most;
  for (const { owner, xs, ys } of lines) {
    const i = nearestIndex(xs, x);
    const y = ys[i];
    if (y === null || y === undefined) continue;
    const distance = Math.abs(pixel(y) - top);
    // of equals the last, which is drawn above the others
    if (distance <= least) {
      least = distance;
      found = owner;
    }
  }
  return found;
}
