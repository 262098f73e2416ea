import { nearestIndex } from '../plots/plotRange.ts';
import { xOf } from './curveLines.ts';
import type { CurveSettings } from './curveSettings.ts';
import type { RunCurves } from './runCurves.ts';

/** Values of a run's curves; null where there is none. */
export interface CurveReading { readonly trainLoss: number | null; readonly valLoss: number | null; readonly trainTop1: number | null; readonly valTop1: number | null; readonly lr: number | null }

/** At the recorded point nearest to x, or at the end. */
export function readCurves(curves: RunCurves | null, axis: CurveSettings['axis'], at: number | null): CurveReading {
  const value = (name: string): number | null => {
    const column = curves?.columns.get(name);
    return column?.values[at === null ? column.values.length - 1 : nearestIndex(xOf(column, axis), at)] ?? null;
  };
  return { trainLoss: value('train/loss'), valLoss: value('val/loss'), trainTop1: value('train/top1'), valTop1: value('val/top1'), lr: value('lr') };
}
