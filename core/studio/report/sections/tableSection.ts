/** A published table, cell by cell: theirs, ours, and whether they agree. */
import type { ReproductionCell } from '../../../../contract/results/reproduction.ts';
import type { FigureBook } from '../figureBook.ts';
import { type Html, html, table } from '../html.ts';
import type { ReportContent } from '../reportContent.ts';

const MISSING = {
  missingData: 'needs the data set',
  missingWeights: 'needs the weights',
  missingRun: 'needs a run',
  missingEvaluation: 'needs an evaluation',
  running: 'is being trained',
  unfinished: 'needs its run to be resumed',
} as const;

export async function tableSection({ table: reproduced }: ReportContent, book: FigureBook): Promise<Html> {
  if (!reproduced) return html``;
  const { project, cells } = reproduced;
  const shown = cells.filter(({ published, state }) => published !== null || state.kind === 'measured');
  const rows: Html[][] = [];
  for (const cell of shown) rows.push(await cellRow(cell, reproduced, book));
  const head = ['Network', 'Figure', 'Published', 'Here', 'Protocol here', 'Verdict', 'Reason'];
  return html`<h2>Published and measured</h2>
    ${table('Every cell with its verdict', head, rows, { numbers: false })}
    <p>Source: ${project.source}${project.paper === null ? '' : `; paper: ${project.paper}`}</p>
    ${project.notes.map((note) => html`<p class="muted">${note}</p>`)} `;
}

async function cellRow(
  { row, column, published, state }: ReproductionCell,
  { project }: NonNullable<ReportContent['table']>,
  book: FigureBook,
): Promise<Html[]> {
  const rowTitle = project.rows.find(({ id }) => id === row)?.title ?? row;
  const columnTitle = project.columns.find(({ id }) => id === column)?.title ?? column;
  const head = [html`${rowTitle}`, html`${columnTitle}`, html`${published ?? '–'}`];
  if (state.kind !== 'measured') return [...head, html`–`, html`–`, html`${MISSING[state.kind]}`, html`–`];
  const source = { kind: 'cell', project: project.id, row, column } as const;
  const label = `${rowTitle}, ${columnTitle}`;
  return [
    ...head,
    await book.show(label, 'text', { ...source, of: 'value' }),
    html`${state.protocol}`,
    await book.show(`verdict of ${label}`, 'text', { ...source, of: 'verdict' }),
    await book.show(`reason of ${label}`, 'text', { ...source, of: 'reason' }),
  ];
}
