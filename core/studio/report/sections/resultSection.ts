/** What was measured: every stored evaluation of the runs, with its protocol and interval. */
import { imagesInWords } from '../../../../contract/evaluation.ts';
import type { EvaluatedQuantity, ReportFormat } from '../../../../contract/results/report.ts';
import { comparisonNotes } from '../../../../pure/comparisonNotes.ts';
import { groupBySeeds } from '../../../../pure/statistics/seedGroups.ts';
import type { Evaluation } from '../../../db/evaluationRepository.ts';
import type { FigureBook } from '../figureBook.ts';
import { type Html, html, table } from '../html.ts';
import type { ReportContent } from '../reportContent.ts';

export async function curvesSection({ runs }: ReportContent, book: FigureBook): Promise<Html> {
  if (runs.length === 0) return html``;
  const ids = runs.map(({ id }) => id);
  const curves = await book.draw('curves', { kind: 'curves', runs: ids });
  const groups = groupBySeeds(runs).filter((group) => group.runs.length > 1);
  const seeds = groups.length > 0 ? await book.draw('mean over seeds', { kind: 'seeds', runs: ids }) : null;
  const sentences: Html[] = [];
  for (const group of groups) {
    const source = { kind: 'seeds', runs: group.runs.map(({ id }) => id) } as const;
    const mean = await book.show('mean top-1 over seeds', 'percent', { ...source, of: 'mean' });
    const sd = await book.show('standard deviation over seeds', 'percent', { ...source, of: 'sd' });
    sentences.push(
      html`<p>
        ${group.runs[0]!.spec.model.name}, ${group.runs.length} seeds: top-1 ${mean}, standard deviation ${sd}.
      </p> `,
    );
  }
  return html`<h2>Curves</h2>
    ${curves ?? ''}${seeds ?? ''}${sentences}${comparisonNotes(runs).map((note) => html`<p>${note}</p> `)}`;
}

export async function evaluationSection({ evaluations, runs, names }: ReportContent, book: FigureBook): Promise<Html> {
  if (evaluations.length === 0)
    return html`<h2>Results</h2>
      <p>Nothing was evaluated yet: <code>quorum evaluate</code> measures a run under a protocol.</p> `;
  const rows: Html[][] = [];
  for (const evaluation of evaluations)
    rows.push(await evaluationRow(evaluation, nameOf(evaluation, { runs, names }), book));
  const head = ['Network', 'Images', 'Protocol', 'Labelled', 'Top-1', '95 %', 'Top-5', 'Loss', 'ECE', 'Without copies'];
  return html`<h2>Results</h2>
    ${table('Accuracy with its protocol; intervals are Wilson intervals of the images, ECE is the expected calibration error', head, rows)}
    ${await chartsOf(evaluations[0]!, book)}`;
}

function nameOf({ runId, network }: Evaluation, { runs, names }: Pick<ReportContent, 'runs' | 'names'>): string {
  return names[runs.findIndex(({ id }) => id === runId)] ?? network;
}

async function evaluationRow(evaluation: Evaluation, name: string, book: FigureBook): Promise<Html[]> {
  const what = `${name}, ${imagesInWords(evaluation.images)}, ${evaluation.protocol.name}`;
  const show = (of: EvaluatedQuantity, format: ReportFormat): Promise<Html> =>
    book.show(`${of}: ${what}`, format, { kind: 'evaluation', evaluation: evaluation.id, of });
  return [
    html`${name}`,
    html`${imagesInWords(evaluation.images)}`,
    html`${evaluation.protocol.name}`,
    await show('labelled', 'count'),
    await show('top1', 'percent'),
    html`${await show('top1Low', 'percent')} to ${await show('top1High', 'percent')}`,
    await show('top5', 'percent'),
    await show('loss', 'loss'),
    await show('calibrationError', 'loss'),
    html`${await show('top1WithoutCopies', 'percent')} (${await show('copies', 'count')} left out)`,
  ];
}

async function chartsOf({ id, network }: Evaluation, book: FigureBook): Promise<Html> {
  const votes = { predictions: [id], rule: { kind: 'mean' } } as const;
  const confusion = await book.draw(`confusion of ${network}`, {
    kind: 'confusion',
    votes: { ...votes, predictions: [id] },
  });
  const reliability = await book.draw(`reliability of ${network}`, { kind: 'reliability', evaluation: id });
  return html`${confusion ?? ''}${reliability ?? ''}`;
}
