/** A series of fewer points. */
import type { MetricSeries } from '../../contract/api/runs/runTypes.ts';
import { pickPoints } from '../../pure/pickPoints.ts';

/** As `pickPoints`; `total` stays. */
export function thinSeries(series: MetricSeries, maxPoints: number): MetricSeries {
  const { steps, epochs, values, nonFinite } = series;
  const picked = pickPoints(steps.length, (place) => values[place], maxPoints);
  if (!picked) return series;
  const places = new Map(picked.map((place, at) => [place, at]));
  return {
    ...series,
    steps: picked.map((place) => steps[place]!),
    epochs: picked.map((place) => epochs[place]!),
    values: picked.map((place) => values[place] ?? null),
    nonFinite: nonFinite.flatMap(({ at, kind }) => {
      const place = places.get(at);
      return place === undefined ? [] : [{ at: place, kind }];
    }),
  };
}
