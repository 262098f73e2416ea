/** The table of runs as lines: a run each, or groups of runs that differ in their seed alone, folded or open. */
import type { RunRow } from '../../contract/api/runTypes.ts';
import { groupBySeeds, meanAndSd } from '../../contract/seedGroups.ts';
import type { RunColumn } from './columns.ts';
import type { TableColumn } from './tableColumn.ts';

export interface TableLine {
  readonly key: string;
  /** The run itself, or the first of the group. */
  readonly run: RunRow;
  /** The group that this line stands for; null for a single run. */
  readonly group: readonly RunRow[] | null;
  /** The open group that this run belongs to. */
  readonly within: readonly RunRow[] | null;
}

/** @param grouped whether runs of several seeds are one line. @param open keys of groups whose runs are shown as well */
export function tableLines(runs: readonly RunRow[], grouped: boolean, open: ReadonlySet<string>): TableLine[] {
  const single = (run: RunRow, within: readonly RunRow[] | null = null): TableLine => ({ key: run.id, run, group: null, within });
  if (!grouped) return runs.map((run) => single(run));
  return groupBySeeds(runs).flatMap(({ key, runs: members }) => {
    const [first] = members;
    if (!first || members.length === 1) return first ? [single(first)] : [];
    const line: TableLine = { key: `seeds ${key}`, run: first, group: members, within: null };
    return open.has(line.key) ? [line, ...members.map((run) => single(run, members))] : [line];
  });
}

/** How much wider "mean ± sd" is than a value. */
const SPREAD_WIDTH = 1.4;

/** A column of runs for lines: groups show mean ± sd of what is measured, and what all their runs share of the rest. @param grouped whether there may be groups */
export function lineColumn(column: RunColumn, grouped: boolean): TableColumn<TableLine> {
  const { value, text, ...rest } = column;
  const own = (run: RunRow): string => text?.(run) ?? String(value(run) ?? '–');
  return {
    ...rest,
    ...(grouped && column.format && { width: SPREAD_WIDTH * column.width }),
    // runs of an open group sort with it, so that they stay under its line
    value: ({ run, group, within }) => valueOf(column, group ?? within ?? [run]),
    text: ({ run, group }) => (group ? groupText(column, group, own) : own(run)),
  };
}

function valueOf(column: RunColumn, runs: readonly RunRow[]): ReturnType<RunColumn['value']> {
  const [first] = runs;
  if (!first) return null;
  if (runs.length === 1 || !column.format) return column.value(first);
  return meanAndSd(runs.flatMap((run) => { const value = column.value(run); return typeof value === 'number' ? [value] : []; }))?.mean;
}

function groupText(column: RunColumn, runs: readonly RunRow[], own: (run: RunRow) => string): string {
  if (column.format) {
    const spread = meanAndSd(runs.flatMap((run) => { const value = column.value(run); return typeof value === 'number' ? [value] : []; }));
    return spread === null ? '–' : `${column.format(spread.mean)}${spread.sd === null ? '' : ` ± ${column.format(spread.sd)}`}`;
  }
  if (column.key === 'name') return `${runs[0]?.spec.model.name ?? ''}, ${runs.length} seeds`;
  const texts = new Set(runs.map(own));
  const [only] = texts;
  return texts.size === 1 && only !== undefined ? only : `${texts.size} values`;
}
