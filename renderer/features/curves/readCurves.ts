import { METRIC } from '../../../contract/metrics.ts';
import { nearestIndex } from '../../ui/plots/plotRange.ts';
import { xOf } from './curveLines.ts';
import type { CurveSettings } from './curveSettings.ts';
import type { Column, RunCurves } from './runCurves.ts';

/** Values of a run's curves; null where there is none. */
export interface CurveReading {
  /** x of the epoch's values; null while there is no epoch. */ readonly place: number | null;
  readonly trainLoss: number | null;
  readonly valLoss: number | null;
  readonly trainTop1: number | null;
  readonly valTop1: number | null;
  readonly lr: number | null;
}

/** At the recorded point nearest to x, or at the end. */
export function readCurves(curves: RunCurves | null, axis: CurveSettings['axis'], at: number | null): CurveReading {
  const find = <T>(name: string, part: (column: Column) => readonly T[]): T | null => {
    const column = curves?.columns.get(name);
    return column
      ? (part(column)[at === null ? column.values.length - 1 : nearestIndex(xOf(column, axis), at)] ?? null)
      : null;
  };
  const value = (name: string): number | null => find(name, ({ values }) => values);
  const place = (name: string): number | null => find(name, (column) => xOf(column, axis));
  return {
    place: place(METRIC.valLoss) ?? place(METRIC.trainLoss),
    trainLoss: value(METRIC.trainLoss),
    valLoss: value(METRIC.valLoss),
    trainTop1: value(METRIC.trainTop1),
    valTop1: value(METRIC.valTop1),
    lr: value('lr'),
  };
}
