/** The vote beside its members, and networks beside each other on the same images. */
import { imagesInWords, imagesKey } from '../../../../contract/evaluation.ts';
import type { FigureVote } from '../../../../contract/results/figure.ts';
import type { ReportFormat, VoteQuantity } from '../../../../contract/results/report.ts';
import { findEvaluation } from '../../figures/findEvaluation.ts';
import type { FigureBook } from '../figureBook.ts';
import { type Html, html, table } from '../html.ts';
import type { ReportContent } from '../reportContent.ts';

/** Pairs that are compared. */
const MOST_PAIRS = 12;

export async function voteSection({ votes, rule, members }: ReportContent, book: FigureBook): Promise<Html> {
  if (rule === null) return html``;
  const parts: Html[] = [];
  for (const vote of votes) parts.push(await describeVote(vote, members, book));
  return html`<h2>The vote</h2>
    <p>${rule}</p>
    ${parts.length > 0 ? parts : html`<p>The members have not predicted the same images yet.</p>`}`;
}

async function describeVote(votes: FigureVote, names: readonly string[], book: FigureBook): Promise<Html> {
  const images = imagesInWords((await findEvaluation(book.reading.context, votes.predictions[0]!)).images);
  const show = (
    of: VoteQuantity,
    format: ReportFormat,
    place: { member?: number; other?: number } = {},
  ): Promise<Html> => book.show(`${of} of the vote on ${images}`, format, { kind: 'vote', votes, of, ...place });
  const rows: Html[][] = [];
  for (const [member, name] of names.entries())
    rows.push([
      html`${name}`,
      await book.show(`top-1 of ${name} on ${images}`, 'percent', {
        kind: 'evaluation',
        evaluation: votes.predictions[member]!,
        of: 'top1',
      }),
      await show('gain', 'points', { member }),
      await show('pValue', 'pValue', { member }),
    ]);
  const agreement: Html[][] = [];
  for (const [member, name] of names.entries())
    agreement.push([
      html`${name}`,
      ...(await Promise.all(names.map((_, other) => show('agreement', 'percent', { member, other })))),
    ]);
  const confusion = await book.draw(`confusion of the vote on ${images}`, { kind: 'confusion', votes });
  return html`<h3>${images}</h3>
    <p class="result">
      The vote is right on ${await show('accuracy', 'percent')} of ${await show('labelled', 'count')} labelled images
      (95 % interval ${await show('low', 'percent')} to ${await show('high', 'percent')}). At least one member is right
      on ${await show('oracle', 'percent')}.
    </p>
    ${table('The vote against each member; p is of McNemar’s exact test on the same images', ['Member', 'Top-1', 'The vote gains', 'p'], rows)}
    ${table('Images on which two members name the same class', ['Member', ...names], agreement)} ${confusion ?? ''}`;
}

/** Evaluations of different runs on the same images under the same protocol, in pairs. */
export async function comparisonSection({ evaluations, runs, names }: ReportContent, book: FigureBook): Promise<Html> {
  const nameOf = (runId: string | null): string => names[runs.findIndex(({ id }) => id === runId)] ?? '';
  const alike = Map.groupBy(
    evaluations,
    ({ images, protocol, count }) => `${imagesKey(images)} ${protocol.name} ${count}`,
  );
  const pairs = [...alike.values()].flatMap((group) => {
    const newest = [...new Map(group.toReversed().map((one) => [one.runId, one])).values()];
    return newest.flatMap((first, at) => newest.slice(at + 1).map((second) => ({ first, second })));
  });
  if (pairs.length === 0) return html``;
  const rows: Html[][] = [];
  for (const { first, second } of pairs.slice(0, MOST_PAIRS)) {
    const words = `${nameOf(first.runId)} against ${nameOf(second.runId)}`;
    const source = { kind: 'comparison', first: first.id, second: second.id } as const;
    const label = (what: string): string => `${what}: ${words}, ${imagesInWords(first.images)}`;
    rows.push([
      html`${words}`,
      html`${imagesInWords(first.images)}, ${first.protocol.name}`,
      await book.show(label('only the first is right'), 'count', { ...source, of: 'onlyFirst' }),
      await book.show(label('only the second is right'), 'count', { ...source, of: 'onlySecond' }),
      await book.show(label('difference'), 'points', { ...source, of: 'difference' }),
      html`${await book.show(label('low end'), 'points', { ...source, of: 'low' })} to
      ${await book.show(label('high end'), 'points', { ...source, of: 'high' })}`,
      await book.show(label('p'), 'pValue', { ...source, of: 'pValue' }),
    ]);
  }
  const head = ['Networks', 'Images and protocol', 'Only first right', 'Only second right', 'Difference', '95 %', 'p'];
  return html`<h2>Differences</h2>
    <p>
      On the same images, image by image. If p of McNemar’s exact test is above 0.05, there is no evidence that one
      network is better.
    </p>
    ${table('Pairs of networks on the same images', head, rows)}
    ${pairs.length > MOST_PAIRS ? html`<p>${pairs.length - MOST_PAIRS} more pairs are not shown.</p>` : ''}`;
}
