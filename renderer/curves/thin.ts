/** Points of a curve for a screen: fewer than were recorded, with every extreme kept. */
import type { Column } from './runCurves.ts';

export type Point = [x: number, y: number | null];

/**
 * Pairs of `xs` and `ys`. Above `most` of them, equal stretches give their first, lowest, highest and last point each; gaps (null) always stay.
 * One pass, so that a curve of a hundred thousand points can be drawn anew several times a second.
 */
export function pointsOf(xs: readonly number[], ys: Column['values'], most: number): Point[] {
  const count = ys.length;
  if (count <= most) return ys.map((y, i) => [xs[i] ?? 0, y]);
  const stretches = Math.max(1, Math.floor(most / 4));
  const points: Point[] = [];
  for (let stretch = 0; stretch < stretches; stretch++) {
    const from = Math.floor((stretch * count) / stretches);
    const end = Math.floor(((stretch + 1) * count) / stretches);
    let lowest = from;
    let highest = from;
    const gaps: number[] = [];
    for (let i = from; i < end; i++) {
      const y = ys[i];
      if (y === null || y === undefined) { gaps.push(i); continue; }
      if (y < (ys[lowest] ?? Infinity)) lowest = i;
      if (y > (ys[highest] ?? -Infinity)) highest = i;
    }
    let last = -1;
    for (const i of [from, lowest, highest, end - 1, ...gaps].sort((a, b) => a - b)) {
      if (i !== last) points.push([xs[i] ?? 0, ys[i] ?? null]);
      last = i;
    }
  }
  return points;
}
