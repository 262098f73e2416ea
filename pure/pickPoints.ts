/** Fewer points, the same picture: what is left out lies between points that are kept. */

/**
 * Places of at most `maxPoints` of `count` points, rising: equal stretches by place, of each its first, lowest, highest
 * and last point. Points that are no finite number are always among them, above the limit if need be, because a gap in
 * a curve is news. Null where all are kept (`maxPoints` 0, or no more than that).
 */
export function pickPoints(
  count: number,
  valueAt: (place: number) => number | null | undefined,
  maxPoints: number,
): number[] | null {
  if (maxPoints === 0 || count <= maxPoints) return null;
  const stretches = Math.max(1, Math.floor(maxPoints / 4));
  const picked: number[] = [];
  for (let stretch = 0; stretch < stretches; stretch++) {
    const from = Math.floor((stretch * count) / stretches);
    const last = Math.floor(((stretch + 1) * count) / stretches) - 1;
    const gaps: number[] = [];
    let lowest = -1;
    let highest = -1;
    let low = Infinity;
    let high = -Infinity;
    for (let at = from; at <= last; at++) {
      const value = valueAt(at);
      if (value === null || value === undefined) {
        gaps.push(at);
        continue;
      }
      if (value < low) {
        low = value;
        lowest = at;
      }
      if (value > high) {
        high = value;
        highest = at;
      }
    }
    let before = -1;
    for (const at of [from, lowest, highest, last, ...gaps].sort((a, b) => a - b)) {
      if (at > before) picked.push(at);
      before = Math.max(before, at);
    }
  }
  return picked;
}
