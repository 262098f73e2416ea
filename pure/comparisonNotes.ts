/** What a comparison of runs must say beside its figures: who had more chances, and which differences are none. */
import { METRIC } from '../contract/metrics.ts';
import { groupBySeeds } from './statistics/seedGroups.ts';
import { seedDifference, SIGNIFICANT } from './statistics/seedDifference.ts';
import { pValueText } from './statistics/pValueText.ts';
import { settingsDiff } from './settingsDiff.ts';

export interface ComparedRun {
  readonly name: string;
  readonly spec: {
    readonly resumedWith?: readonly { readonly epoch: number }[] | undefined;
    readonly branchedFrom?: { readonly name: string; readonly epoch: number } | undefined;
  };
  readonly best: Readonly<Record<string, number>>;
}

/** A sentence each; none where nothing needs to be said. */
export function comparisonNotes(runs: readonly ComparedRun[]): string[] {
  return [...runs.flatMap(extendedNotes), ...differenceNotes(runs)];
}

/** Settings that were changed when a validation figure could be seen make a best figure look better than it is. */
function extendedNotes({ name, spec: { resumedWith = [], branchedFrom } }: ComparedRun): string[] {
  const seen = resumedWith.filter(({ epoch }) => epoch >= 1).map(({ epoch }) => Number(epoch.toFixed(2)));
  return [
    ...(seen.length > 0
      ? [
          `“${name}” went on under other settings at epoch ${seen.join(', ')}, after its validation figures could be ` +
            'seen: they chose how it was trained. Compare it on images that nothing was chosen by.',
        ]
      : []),
    ...(branchedFrom && branchedFrom.epoch >= 1
      ? [
          `“${name}” is a branch of “${branchedFrom.name}” from epoch ${Number(branchedFrom.epoch.toFixed(2))}: until ` +
            'there both are the same training.',
        ]
      : []),
  ];
}

/** Of settings with several seeds each, pair by pair. */
function differenceNotes(runs: readonly ComparedRun[]): string[] {
  const groups = groupBySeeds(runs.filter(({ best }) => best[METRIC.valTop1] !== undefined)).filter(
    (group) => group.runs.length > 1,
  );
  const changed = settingsDiff(groups.map(({ runs: members }) => members[0]!.spec)).filter(({ differs }) => differs);
  const wordsOf = (at: number): string =>
    changed
      .filter(({ setting }) => setting !== 'seed')
      .map(({ setting, values }) => `${setting} ${String(values[at] ?? '–')}`)
      .join(', ');
  const valuesOf = (at: number): number[] => groups[at]!.runs.map(({ best }) => best[METRIC.valTop1]!);
  return groups.flatMap((_, first) =>
    groups.slice(first + 1).flatMap((_group, after) => {
      const second = first + 1 + after;
      const found = seedDifference(valuesOf(first), valuesOf(second));
      if (!found) return [];
      const { difference, interval, pValue } = found;
      const span = `95 % interval ${points(interval.low)} to ${points(interval.high)}, p ${pValueText(pValue)}, Welch`;
      return [
        pValue < SIGNIFICANT
          ? `${wordsOf(first)} and ${wordsOf(second)} differ by ${points(difference)} top-1 over seeds (${span}).`
          : `Nothing says that ${wordsOf(first)} and ${wordsOf(second)} differ: ${points(difference)} top-1 over ` +
            `seeds (${span}).`,
      ];
    }),
  );
}

const points = (share: number): string => `${share > 0 ? '+' : ''}${(100 * share).toFixed(2)} points`;
