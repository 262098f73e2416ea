/** Runs that differ in nothing but their seed, together: mean and spread of their accuracy. */
import { METRIC } from '../contract/metrics.ts';
import { settingsDiff } from './settingsDiff.ts';

export interface SeedRun {
  readonly spec: object;
  /** Metrics of the best epoch. */ readonly best: Readonly<Record<string, number>>;
}

export interface SeedSummary<R extends SeedRun = SeedRun> {
  /** Where these runs differ from the others given, in words; empty where they do not. */
  readonly settings: string;
  /** Those with an accuracy. */
  readonly runs: readonly R[];
  /** Of top-1 on the validation pictures. */
  readonly mean: number;
  /** Of the sample: divided by n − 1; 0 for a single run. */
  readonly sd: number;
}

/** One summary for each different setting, in the order of the runs. */
export function seedSummaries<R extends SeedRun>(runs: readonly R[]): SeedSummary<R>[] {
  const scored = runs.filter(({ best }) => best[METRIC.valTop1] !== undefined);
  const differing = settingsDiff(scored.map(({ spec }) => spec)).filter(
    ({ setting, differs }) => differs && setting !== 'seed',
  );
  const cells = new Map<string, R[]>();
  scored.forEach((run, i) => {
    const words = differing.map(({ setting, values }) => `${setting} ${String(values[i] ?? '–')}`).join(', ');
    cells.set(words, [...(cells.get(words) ?? []), run]);
  });
  return [...cells].map(([settings, cell]) => {
    const values = cell.map(({ best }) => best[METRIC.valTop1] ?? NaN);
    const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
    return {
      settings,
      runs: cell,
      mean,
      sd: values.length > 1 ? Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1)) : 0,
    };
  });
}
