/** The table of runs as lines: a run each, or groups of runs, folded or open. */
import type { RunRow } from '../../../../contract/api/runs/runTypes.ts';
import { meanAndSd, type MeanAndSd } from '../../../../pure/statistics/seedGroups.ts';
import type { RunColumn } from './columns.ts';
import type { RunGroup } from './grouping.ts';
import type { TableColumn } from '../../../ui/table/tableColumn.ts';

export interface TableLine {
  readonly key: string;
  /** The run itself, or the first of the group. */
  readonly run: RunRow;
  /** The group that this line stands for; null for a single run. */
  readonly group: RunGroup | null;
  /** The open group that this run belongs to. */
  readonly within: RunGroup | null;
}

/** The runs that a line stands for. */
export const runsOf = ({ run, group }: TableLine): readonly RunRow[] => group?.runs ?? [run];

/** @param groups null where every run is a line of its own. @param open keys of groups whose runs are shown as well */
export function tableLines(
  runs: readonly RunRow[],
  groups: readonly RunGroup[] | null,
  open: ReadonlySet<string>,
): TableLine[] {
  const single = (run: RunRow, within: RunGroup | null = null): TableLine => ({
    key: run.id,
    run,
    group: null,
    within,
  });
  if (!groups) return runs.map((run) => single(run));
  return groups.flatMap((group) => {
    const [first] = group.runs;
    if (!first) return [];
    // a seed without others is no group
    if (group.runs.length === 1 && group.key.startsWith('seeds ')) return [single(first)];
    const line: TableLine = { key: group.key, run: first, group, within: null };
    return open.has(line.key) ? [line, ...group.runs.map((run) => single(run, group))] : [line];
  });
}

/** How much wider "mean ± sd" is than a value. */
const SPREAD_WIDTH = 1.4;

/**
 * A column of runs for lines: groups show mean ± sd of what is measured, and what all their runs share of the rest.
 * @param grouped whether there may be groups
 */
export function lineColumn(column: RunColumn, grouped: boolean): TableColumn<TableLine> {
  const { value, text, ...rest } = column;
  const own = (run: RunRow): string => text?.(run) ?? String(value(run) ?? '–');
  return {
    ...rest,
    ...(grouped && column.format && { width: SPREAD_WIDTH * column.width }),
    // runs of an open group sort with it, so that they stay under its line
    value: ({ run, group, within }) => valueOf(column, group?.runs ?? within?.runs ?? [run]),
    text: ({ run, group }) => (group ? groupText(column, group, own) : own(run)),
  };
}

/** Mean and spread of a measured column over a group; null of other columns and where nothing was measured. */
export function spreadOf(column: RunColumn, runs: readonly RunRow[]): MeanAndSd | null {
  return column.format
    ? meanAndSd(
        runs.flatMap((run) => {
          const value = column.value(run);
          return typeof value === 'number' ? [value] : [];
        }),
      )
    : null;
}

function valueOf(column: RunColumn, runs: readonly RunRow[]): ReturnType<RunColumn['value']> {
  const [first] = runs;
  if (!first) return null;
  return runs.length === 1 || !column.format ? column.value(first) : spreadOf(column, runs)?.mean;
}

function groupText(column: RunColumn, { title, runs }: RunGroup, own: (run: RunRow) => string): string {
  if (column.format) {
    const spread = spreadOf(column, runs);
    return spread === null
      ? '–'
      : `${column.format(spread.mean)}${spread.sd === null ? '' : ` ± ${column.format(spread.sd)}`}`;
  }
  if (column.key === 'name') return title;
  const texts = new Set(runs.map(own));
  const [only] = texts;
  return texts.size === 1 && only !== undefined ? only : `${texts.size} values`;
}
