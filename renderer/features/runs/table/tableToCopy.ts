/** The table of runs as cells to paste elsewhere: as it is shown, or exact for a sheet. */
import type { RunColumn } from './columns.ts';
import { lineColumn, runsOf, spreadOf, type TableLine } from './tableLines.ts';

export interface CellTable {
  readonly header: string[];
  readonly numeric: boolean[];
  readonly rows: string[][];
}

/**
 * @param exact numbers in full under the names of the contract; of groups mean and standard deviation in columns of
 * their own, with the count of runs
 */
export function tableToCopy(lines: readonly TableLine[], columns: readonly RunColumn[], exact: boolean): CellTable {
  const grouped = lines.some(({ group }) => group !== null);
  const parts = columns.flatMap((column): { title: string; numeric: boolean; cell: (line: TableLine) => string }[] => {
    const shown = lineColumn(column, grouped);
    const numeric = column.numeric ?? false;
    if (!exact)
      return [
        {
          title: column.title,
          numeric,
          cell: (line) => (line.group ? undefined : column.exact?.(line.run)) ?? shown.text?.(line) ?? '',
        },
      ];
    const title = column.key.replace(/^(metric|spec) /, '');
    if (!grouped || !column.format)
      return [
        {
          title,
          numeric,
          cell: (line) => (line.group ? (shown.text?.(line) ?? '') : String(column.value(line.run) ?? '')),
        },
      ];
    return [
      { title, numeric, cell: (line) => String(spreadOf(column, runsOf(line))?.mean ?? '') },
      { title: `${title} sd`, numeric, cell: (line) => String(spreadOf(column, runsOf(line))?.sd ?? '') },
    ];
  });
  if (exact && grouped) parts.push({ title: 'runs', numeric: true, cell: (line) => String(runsOf(line).length) });
  return {
    header: parts.map(({ title }) => title),
    numeric: parts.map(({ numeric }) => numeric),
    rows: lines.map((line) => parts.map(({ cell }) => cell(line))),
  };
}
