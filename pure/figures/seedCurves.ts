/**
 * Curves of runs that differ in nothing but their seed, as one curve: the mean, and the standard deviation around it.
 */
import { plural } from '../plural.ts';
import { groupBySeeds, meanAndSd, seedSummaries } from '../statistics/seedGroups.ts';
import type { CurvePoint, CurveRun } from './curve.ts';

const METRICS = ['trainLoss', 'valLoss', 'trainTop1', 'valTop1'] as const satisfies readonly (keyof CurvePoint)[];

export interface SeedRun {
  readonly spec: { readonly model: { readonly name: string } };
  readonly best: Readonly<Record<string, number>>;
  readonly curve: CurveRun;
}

/**
 * One curve for each setting. An epoch that only some seeds reached has the mean of those; a standard deviation needs
 * two of them.
 */
export function seedCurves(runs: readonly SeedRun[]): CurveRun[] {
  const settings = seedSummaries(runs);
  return groupBySeeds(runs).map(({ runs: alike }) => {
    const words = settings.find((summary) => summary.runs.includes(alike[0]!))?.settings ?? '';
    const name = `${alike[0]!.spec.model.name}${words === '' ? '' : `, ${words}`} (${plural(alike.length, 'seed')})`;
    const epochs = [...new Set(alike.flatMap(({ curve }) => curve.points.map(({ epoch }) => epoch)))];
    const statistics = epochs
      .sort((a, b) => a - b)
      .map((epoch) => ({
        epoch,
        ...statisticsAt(
          alike.map(({ curve }) => curve),
          epoch,
        ),
      }));
    return {
      name,
      points: statistics.map(({ epoch, mean }) => ({ epoch, ...mean })),
      spread: statistics.map(({ epoch, sd }) => ({ epoch, ...sd })),
    };
  });
}

type Values = Partial<Record<(typeof METRICS)[number], number | null>>;

function statisticsAt(curves: readonly CurveRun[], epoch: number): { mean: Values; sd: Values } {
  const mean: Values = {};
  const sd: Values = {};
  for (const metric of METRICS) {
    const values = curves.flatMap(({ points }) => {
      const value = points.find((point) => point.epoch === epoch)?.[metric];
      return typeof value === 'number' && Number.isFinite(value) ? [value] : [];
    });
    const found = meanAndSd(values);
    mean[metric] = found?.mean ?? null;
    sd[metric] = found?.sd ?? null;
  }
  return { mean, sd };
}
