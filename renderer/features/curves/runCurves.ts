/** A run's metrics as columns, and how new points join them. */
import type { MetricPoint } from '../../../contract/metrics.ts';

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
