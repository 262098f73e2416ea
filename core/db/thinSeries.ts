/** Fewer points, the same picture: what is left out lies between points that are kept. */
import type { MetricSeries } from '../../contract/api/runTypes.ts';

/**
 * At most `maxPoints` points (0 = all): equal stretches by place, of each its first, lowest, highest and last point. Points that are no finite number are always
 * kept, above the limit if need be, because a gap in a curve is news.
 */
export function thinSeries(series: MetricSeries, maxPoints: number): MetricSeries {
  const { steps, epochs, values, nonFinite } = series;
  if (maxPoints === 0 || steps.length <= maxPoints) return series;
  const stretches = Math.max(1, Math.floor(maxPoints / 4));
  const keep = new Uint8Array(steps.length);
  for (const { at } of nonFinite) keep[at] = 1;
  for (let stretch = 0; stretch < stretches; stretch++) {
    const from = Math.floor((stretch * steps.length) / stretches);
    const to = Math.floor(((stretch + 1) * steps.length) / stretches);
    let lowest = -1;
    let highest = -1;
    for (let at = from; at < to; at++) {
      const value = values[at];
      if (value === null || value === undefined) continue;
      if (lowest < 0 || value < (values[lowest] ?? 0)) lowest = at;
      if (highest < 0 || value > (values[highest] ?? 0)) highest = at;
    }
    for (const at of [from, lowest, highest, to - 1]) if (at >= 0) keep[at] = 1;
  }
  const thin: MetricSeries = { ...series, steps: [], epochs: [], values: [], nonFinite: [] };
  const kinds = new Map(nonFinite.map(({ at, kind }) => [at, kind]));
  for (let at = 0; at < steps.length; at++) {
    if (!keep[at]) continue;
    const kind = kinds.get(at);
    if (kind) thin.nonFinite.push({ at: thin.steps.length, kind });
    thin.steps.push(steps[at] ?? 0);
    thin.epochs.push(epochs[at] ?? 0);
    thin.values.push(values[at] ?? null);
  }
  return thin;
}
