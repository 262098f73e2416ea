/** By what runs are put together in the table. */
import type { RunRow } from '../../../../contract/api/runs/runTypes.ts';
import { groupBySeeds } from '../../../../pure/statistics/seedGroups.ts';
import { plural } from '../../../format/numbers.ts';
import { runNames } from '../runNames.ts';
import type { RunColumn } from './columns.ts';

/** Everything but the seed, or the key of a column whose text the runs of a group share. */
export type Grouping = 'none' | 'seeds' | (string & {});

export interface RunGroup {
  readonly key: string;
  readonly title: string;
  readonly runs: readonly RunRow[];
}

/** In the order in which their first runs come; null where runs stand alone. */
export function groupRuns(
  runs: readonly RunRow[],
  grouping: Grouping,
  columns: readonly RunColumn[],
): RunGroup[] | null {
  if (grouping === 'seeds') {
    const groups = groupBySeeds(runs);
    // the first of each stands for its group, so that their names say how the groups differ, and no seed
    const names = runNames(
      groups.map(({ runs: members }) => ({ ...members[0]!, group: null, name: `${members[0]!.spec.model.name} on` })),
    );
    return groups.map(({ key, runs: members }) => ({
      key: `seeds ${key}`,
      title: `${names.get(members[0]!.id) ?? ''}, ${plural(members.length, 'seed')}`,
      runs: members,
    }));
  }
  const column = columns.find(({ key }) => key === grouping);
  if (!column) return null;
  const textOf = (run: RunRow): string => column.text?.(run) ?? String(column.value(run) ?? '–');
  return [...Map.groupBy(runs, textOf)].map(([text, members]) => ({
    key: `${grouping} ${text}`,
    title: `${groupName(column, text)}, ${plural(members.length, 'run')}`,
    runs: members,
  }));
}

function groupName({ key, title }: RunColumn, text: string): string {
  if (text === '') return `no ${title.toLowerCase()}`;
  return key.startsWith('spec ') ? `${title} ${text}` : text;
}

const OF_RUNS = ['model', 'dataset', 'state', 'tags', 'device', 'group'];

/** What runs can be grouped by: what they are, and the settings in which they differ. */
export function groupings(
  runs: readonly RunRow[],
  columns: readonly RunColumn[],
): { readonly runs: readonly RunColumn[]; readonly settings: readonly RunColumn[] } {
  const differs = (column: RunColumn): boolean =>
    runs.some((run) => column.value(run) !== (runs[0] && column.value(runs[0])));
  return {
    runs: columns.filter(({ key }) => OF_RUNS.includes(key)),
    settings: columns.filter((column) => column.key.startsWith('spec ') && differs(column)),
  };
}
