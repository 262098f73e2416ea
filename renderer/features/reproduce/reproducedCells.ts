/** A reproduced table as cells to save: as it is shown, or a column for each thing it says. */
import type { TableCells } from '../../../contract/results/figure.ts';
import type { ReproducedTable } from '../../../contract/results/reproduction.ts';
import { cellWords } from './cellWords.ts';

export function reproducedCells({ project, cells }: ReproducedTable, exact: boolean): TableCells {
  const found = new Map(cells.map((cell) => [`${cell.row} ${cell.column}`, cell]));
  const parts = exact ? (['published', 'here', 'verdict'] as const) : (['all'] as const);
  const columns = project.columns.flatMap(({ id, title }) => parts.map((part) => ({ id, title, part })));
  const textOf = (row: string, { id, part }: (typeof columns)[number]): string => {
    const cell = found.get(`${row} ${id}`);
    if (!cell || (cell.published === null && cell.state.kind !== 'measured')) return '';
    const here = cell.state.kind === 'measured' ? cell.state.value : '';
    const verdict = cellWords(cell.state).word;
    const texts = { published: cell.published ?? '', here, verdict };
    return part === 'all' ? `${here || '–'} (published ${cell.published ?? '–'}): ${verdict}` : texts[part];
  };
  return {
    title: project.title,
    caption: `Measured here beside what was published. Data: ${project.dataset.title}. Source: ${project.source}`,
    header: ['Network', ...columns.map(({ title, part }) => (part === 'all' ? title : `${title}, ${part}`))],
    numeric: [false, ...columns.map(({ part }) => part !== 'verdict')],
    rows: project.rows.map(({ id, title }) => [title, ...columns.map((column) => textOf(id, column))]),
  };
}
