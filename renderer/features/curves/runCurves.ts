/** A run's metrics as columns, and how new points join them. */
import type { MetricSeries, RunSeries } from '../../../contract/api/runs/runTypes.ts';
import { metricPoint, type MetricPoint } from '../../../contract/metrics.ts';

export interface Column {
  readonly steps: number[];
  readonly epochs: number[];
  readonly values: (number | null)[];
}
export interface RunCurves {
  readonly attempt: number;
  /** Every point that is drawn of one run; else fewer, for comparing many. */
  readonly whole: boolean;
  readonly columns: Map<string, Column>;
}

/** Appends points; one at a step already there replaces it, one below the end is of an attempt that was cut off. */
export function appendPoints(curves: RunCurves, points: readonly MetricPoint[]): void {
  for (const { name, step, epoch, value } of points) {
    let column = curves.columns.get(name);
    if (!column) curves.columns.set(name, (column = { steps: [], epochs: [], values: [] }));
    while (column.steps.length > 0 && (column.steps.at(-1) ?? 0) >= step) {
      column.steps.pop();
      column.epochs.pop();
      column.values.pop();
    }
    column.steps.push(step);
    column.epochs.push(epoch);
    column.values.push(value);
  }
}

/** The last step of any metric; -1 where there is none. */
export const lastStepOf = (run: RunCurves): number =>
  Math.max(-1, ...[...run.columns.values()].map(({ steps }) => steps.at(-1) ?? -1));

const columnsOf = (series: readonly MetricSeries[]): RunCurves['columns'] =>
  new Map(series.map(({ name, steps, epochs, values }) => [name, { steps, epochs, values }]));

/** Stored points, and those of `live` that came after them. */
export function curvesOf({ attempt, series }: RunSeries, whole: boolean, live: readonly MetricPoint[]): RunCurves {
  const curves: RunCurves = { attempt, whole, columns: columnsOf(series) };
  const lastStored = lastStepOf(curves);
  appendPoints(
    curves,
    live.filter((point) => point.step > lastStored),
  );
  return curves;
}

/** Further metrics of a run that is known, before what events have brought of them since. */
export function addSeries(known: RunCurves, series: readonly MetricSeries[]): void {
  for (const [name, stored] of columnsOf(series)) {
    const live = known.columns.get(name);
    const lastStored = stored.steps.at(-1) ?? -1;
    known.columns.set(name, stored);
    const newer = (live?.steps ?? []).flatMap((step, i): MetricPoint[] =>
      step > lastStored ? [metricPoint(name, step, live?.epochs[i] ?? 0, live?.values[i] ?? NaN)] : [],
    );
    appendPoints(known, newer);
  }
}
