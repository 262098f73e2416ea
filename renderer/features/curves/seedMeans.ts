/** Runs that differ in nothing but their seed, as one run: the mean of their curves, and their standard deviation. */
import { meanAndSd, type MeanAndSd } from '../../../pure/statistics/seedGroups.ts';
import { plural } from '../../format/numbers.ts';
import type { DrawnRun } from './curveLines.ts';
import { COMPARED } from './curveSettings.ts';
import type { Column } from './runCurves.ts';

/**
 * An epoch that only some seeds reached has the mean of those; a standard deviation needs two of them. A single run
 * stays as it is.
 */
export function seedMean(alike: readonly DrawnRun[]): DrawnRun | null {
  const [first] = alike;
  if (!first || alike.length === 1) return first ?? null;
  const columns = new Map<string, Column>();
  const spread = new Map<string, readonly (number | null)[]>();
  for (const name of COMPARED) {
    const own = alike.flatMap(({ curves }) => curves?.columns.get(name) ?? []);
    const points = meansByEpoch(own);
    if (points.length === 0) continue;
    columns.set(name, {
      epochs: points.map(({ epoch }) => epoch),
      steps: points.map(({ step }) => step),
      values: points.map(({ summary }) => summary?.mean ?? null),
    });
    spread.set(
      name,
      points.map(({ summary }) => summary?.sd ?? null),
    );
  }
  return {
    ...first,
    name: `${first.name} (mean of ${plural(alike.length, 'seed')})`,
    curves: { attempt: 0, whole: false, columns },
    // each run has a best epoch of its own
    bestEpoch: null,
    spread,
  };
}

interface EpochMean {
  readonly epoch: number;
  readonly step: number;
  readonly summary: MeanAndSd | null;
}

function meansByEpoch(columns: readonly Column[]): EpochMean[] {
  const found = new Map<number, { step: number; values: number[] }>();
  for (const { epochs, steps, values } of columns)
    epochs.forEach((epoch, i) => {
      const value = values[i];
      const known = found.get(epoch) ?? { step: steps[i] ?? 0, values: [] };
      if (typeof value === 'number') known.values.push(value);
      found.set(epoch, known);
    });
  return [...found]
    .sort(([a], [b]) => a - b)
    .map(([epoch, { step, values }]) => ({ epoch, step, summary: meanAndSd(values) }));
}
