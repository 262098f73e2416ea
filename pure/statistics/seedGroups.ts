/** Runs that differ in nothing but their seed, and what they make together. */
import { METRIC } from '../../contract/metrics.ts';
import { settingsDiff, settingsOf } from '../settingsDiff.ts';

/** What tells runs of one group apart, or names them. */
const APART = /^(seed|name|group|resumedWith|branchedFrom(\..*)?)$/;

export interface SeedGroup<R> {
  readonly key: string;
  readonly runs: readonly R[];
}

const keys = new WeakMap<object, string>();

function keyOf(spec: object): string {
  const known = keys.get(spec);
  if (known !== undefined) return known;
  const key = JSON.stringify(
    settingsOf(spec)
      .filter(([name]) => !APART.test(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  keys.set(spec, key);
  return key;
}

/** In the order in which their first runs come. */
export function groupBySeeds<R extends { readonly spec: object }>(runs: readonly R[]): SeedGroup<R>[] {
  const groups = new Map<string, R[]>();
  for (const run of runs) {
    const key = keyOf(run.spec);
    const known = groups.get(key);
    if (known) known.push(run);
    else groups.set(key, [run]);
  }
  return [...groups].map(([key, members]) => ({ key, runs: members }));
}

export interface MeanAndSd {
  readonly mean: number;
  /** Of the sample, divided by n − 1; null of a single value. */
  readonly sd: number | null;
  readonly n: number;
}

/** Null of no value at all. */
export function meanAndSd(values: readonly number[]): MeanAndSd | null {
  const n = values.length;
  if (n === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  return {
    mean,
    n,
    sd: n > 1 ? Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1)) : null,
  };
}

/** Runs that differ in nothing but their seed, with the mean and the spread of their accuracy. */
export interface SeedSummary<R> {
  /** Where these runs differ from the others given, in words; empty where they do not. */
  readonly settings: string;
  /** Those with an accuracy. */
  readonly runs: readonly R[];
  /** Of top-1 on the validation images. */
  readonly mean: number;
  /** Of the sample: divided by n − 1; null of a single run. */
  readonly sd: number | null;
}

/** One summary for each different setting, in the order of the runs. @param best metrics of the best epoch */
export function seedSummaries<R extends { readonly spec: object; readonly best: Readonly<Record<string, number>> }>(
  runs: readonly R[],
): SeedSummary<R>[] {
  const scored = runs.filter(({ best }) => best[METRIC.valTop1] !== undefined);
  const differing = settingsDiff(scored.map(({ spec }) => spec)).filter(
    ({ setting, differs }) => differs && setting !== 'seed',
  );
  return groupBySeeds(scored).map(({ runs: alike }) => {
    const at = scored.indexOf(alike[0]!);
    const words = differing.map(({ setting, values }) => `${setting} ${String(values[at] ?? '–')}`);
    const { mean, sd } = meanAndSd(alike.map(({ best }) => best[METRIC.valTop1]!))!;
    return { settings: words.join(', '), runs: alike, mean, sd };
  });
}
