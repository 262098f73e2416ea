import { expect, test } from 'vitest';
import type { MetricSeries } from '../../../contract/api/runs/runTypes.ts';
import { thinSeries } from '../../../core/db/thinSeries.ts';

function series(values: readonly (number | null)[]): MetricSeries {
  return {
    name: 'train/loss',
    steps: values.map((_, at) => at * 10),
    epochs: values.map((_, at) => at / 100),
    values: [...values],
    nonFinite: values.flatMap((value, at) => (value === null ? [{ at, kind: 'nan' as const }] : [])),
    total: values.length,
  };
}

test('a short series is left alone', () => {
  const short = series([1, 2, 3]);
  expect(thinSeries(short, 3)).toBe(short);
  expect(thinSeries(series(Array.from({ length: 5000 }, (_, i) => i)), 0).steps).toHaveLength(5000);
});

test('the first, the last, every spike and every gap stay', () => {
  const values: (number | null)[] = Array.from({ length: 100_000 }, (_, i) => Math.sin(i / 500));
  values[31_415] = 50;
  values[62_830] = -50;
  values[77_777] = null;
  const thin = thinSeries(series(values), 1000);
  expect(thin.steps.length).toBeLessThanOrEqual(1001);
  expect(thin.total).toBe(100_000);
  expect(thin.steps[0]).toBe(0);
  expect(thin.steps.at(-1)).toBe(999_990);
  expect(thin.values[thin.steps.indexOf(314_150)]).toBe(50);
  expect(thin.values[thin.steps.indexOf(628_300)]).toBe(-50);
  expect(thin.nonFinite).toEqual([{ at: thin.steps.indexOf(777_770), kind: 'nan' }]);
  expect(thin.values[thin.nonFinite[0]?.at ?? -1]).toBeNull();
  expect([...thin.steps].sort((a, b) => a - b)).toEqual(thin.steps);
});

test('each stretch keeps its range', () => {
  const values = Array.from({ length: 10_000 }, (_, i) => ((i * 7919) % 1000) / 1000);
  const thin = thinSeries(series(values), 400);
  for (let stretch = 0; stretch < 100; stretch++) {
    const inside = thin.steps.flatMap((step, at) =>
      step / 10 >= stretch * 100 && step / 10 < (stretch + 1) * 100 ? [thin.values[at] ?? 0] : [],
    );
    const all = values.slice(stretch * 100, (stretch + 1) * 100);
    expect([Math.min(...inside), Math.max(...inside)]).toEqual([Math.min(...all), Math.max(...all)]);
  }
});
