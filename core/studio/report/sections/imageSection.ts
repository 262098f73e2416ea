/** Images with what was decided about them: any, and the mistakes. */
import type { FigureVote } from '../../../../contract/results/figure.ts';
import { chooseSamples, imageSources, type Sample } from '../../figures/samples.ts';
import type { FigureBook } from '../figureBook.ts';
import { Html, html } from '../html.ts';
import type { ReportContent } from '../reportContent.ts';

const SHOWN = 18;

export async function imageSection({ votes, evaluations }: ReportContent, book: FigureBook): Promise<Html> {
  const [newest] = evaluations;
  const chosen = votes[0] ?? (newest ? { predictions: [newest.id], rule: { kind: 'mean' as const } } : null);
  if (!chosen) return html``;
  return html`<h2>Images</h2>
    ${await wall('A sample, drawn at random', chosen, 'all', book)}
    ${await wall(chosen.predictions.length > 1 ? 'Mistakes of the vote' : 'Mistakes, highest loss first', chosen, 'wrong', book)}`;
}

async function wall(title: string, votes: FigureVote, show: 'all' | 'wrong', book: FigureBook): Promise<Html> {
  const { evaluations, samples, total } = await chooseSamples({ votes, show, count: SHOWN }, book.reading);
  const sources = await imageSources(
    book.reading,
    evaluations[0]!,
    samples.map(({ path }) => path),
  );
  const tiles: Html[] = [];
  for (const sample of samples) {
    const address = sources.get(sample.path);
    if (address !== undefined) tiles.push(await tile(sample, address, votes, book));
  }
  if (samples.length === 0) return html``;
  const gone = samples.length - tiles.length;
  return html`<h3>${title}</h3>
    <p class="muted">
      ${samples.length} of ${total}.${gone > 0 ? ` ${gone} of them can no longer be read from the disk.` : ''}
    </p>
    <div class="wall">${tiles}</div> `;
}

async function tile(sample: Sample, address: string, votes: FigureVote, book: FigureBook): Promise<Html> {
  const { index, path, truth, decision, probability } = sample;
  const source = { kind: 'image', votes, index } as const;
  const outcome = truth === null ? '' : truth === decision ? 'right' : 'wrong';
  const decided = await book.show(`decision on ${path}`, 'text', { ...source, of: 'decision' });
  const sure =
    probability === null ? '' : await book.show(`probability of ${path}`, 'percent', { ...source, of: 'probability' });
  const is =
    outcome === 'wrong'
      ? html`<br />is ${await book.show(`class of ${path}`, 'text', { ...source, of: 'truth' })}`
      : '';
  const sign = outcome === 'right' ? '✓ ' : outcome === 'wrong' ? '✗ ' : '';
  return html`<figure class="${outcome}">
    <img src="${new Html(address)}" alt="${path}" width="128" height="128" />
    <figcaption><b>${sign}${decided}</b> ${sure}${is}</figcaption>
  </figure> `;
}
