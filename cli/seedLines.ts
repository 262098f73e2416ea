/** Mean ± sd of runs that differ in nothing but their seed, as lines for a terminal. */
import { METRIC } from '../contract/metrics.ts';
import type { RunRow } from '../contract/api/runs/runTypes.ts';
import { groupBySeeds, meanAndSd, type MeanAndSd } from '../pure/statistics/seedGroups.ts';
import { formatPercent, printable } from './format.ts';

export interface SeedLine {
  readonly runs: readonly string[];
  readonly top1: MeanAndSd | null;
  readonly loss: MeanAndSd | null;
  readonly words: string;
}

export function seedLines(runs: readonly RunRow[]): SeedLine[] {
  return groupBySeeds(runs)
    .filter((group) => group.runs.length > 1)
    .map(({ runs: members }) => {
      const of = (metric: string): MeanAndSd | null => meanAndSd(members.flatMap(({ best }) => best[metric] ?? []));
      const [top1, loss] = [of(METRIC.valTop1), of(METRIC.valLoss)];
      const spec = members[0]?.spec;
      return {
        runs: members.map(({ id }) => id),
        top1,
        loss,
        words: printable(
          `${spec?.model.name ?? ''}, lr ${spec?.lr ?? ''}, batch ${spec?.batchSize ?? ''}, ` +
            `${members.length} seeds: top-1 ` +
            `${top1 ? `${formatPercent(top1.mean)} ± ${formatPercent(top1.sd)}` : '–'}, loss ` +
            `${loss ? `${loss.mean.toFixed(4)} ± ${loss.sd?.toFixed(4) ?? '–'}` : '–'}`,
        ),
      };
    });
}
