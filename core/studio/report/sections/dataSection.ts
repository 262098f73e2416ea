/** The images: how many, which are in several splits, whose they are. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { CatalogueEntry } from '../../../../contract/catalogue.ts';
import { type DatasetCard, Split } from '../../../../contract/dataset.ts';
import type { FigureBook } from '../figureBook.ts';
import { type Html, html, table } from '../html.ts';
import type { ReportContent } from '../reportContent.ts';

const SAMPLES = fileURLToPath(new URL('../../../../resources/samples/', import.meta.url));
const SampleCard = z.object({ license: z.string(), copyright: z.string() });

export async function dataSection(
  { runs }: ReportContent,
  book: FigureBook,
  catalogue: readonly CatalogueEntry[],
): Promise<Html> {
  const ids = [...new Set(runs.map(({ spec }) => spec.dataset))];
  if (ids.length === 0)
    return html`<h2>Data</h2>
      <p>Nothing was trained yet.</p>`;
  const sets: Html[] = [];
  for (const id of ids) {
    const card = await book.reading.context.datasets.find(id);
    sets.push(card ? await describeSet(card, book, catalogue) : html`<p>The data set ${id} was deleted.</p>`);
  }
  return html`<h2>Data</h2>
    ${sets}`;
}

async function describeSet(card: DatasetCard, book: FigureBook, catalogue: readonly CatalogueEntry[]): Promise<Html> {
  const { id: dataset, name } = card;
  const of = (what: string): string => `${what} of "${name}"`;
  const classes = await book.show(of('classes'), 'count', { kind: 'dataset', dataset, of: 'classes' });
  const unreadable = await book.show(of('unreadable images'), 'count', { kind: 'dataset', dataset, of: 'unreadable' });
  const changed = await book.show(of('changed images'), 'count', { kind: 'dataset', dataset, of: 'changed' });
  const rows: Html[][] = [];
  for (const split of Split.options) {
    const known = card.splits[split];
    if (!known) continue;
    const source = { kind: 'split', dataset, split } as const;
    rows.push([
      html`${split}`,
      await book.show(of(`${split} images`), 'count', { ...source, of: 'images' }),
      html`${known.labelled ? 'yes' : 'no'}`,
      split === 'train'
        ? html`–`
        : await book.show(of(`${split} images that look like a training image`), 'count', { ...source, of: 'copies' }),
    ]);
  }
  const searched = existsSync(join(book.reading.context.paths.datasetDir(dataset), 'duplicates.json'));
  return html`<h3>${name}</h3>
    <p>${classes} classes. ${unreadable} images could not be read; ${changed} were excluded or relabelled by hand.</p>
    ${table(`Splits of ${name}`, ['Split', 'Images', 'Labelled', 'Also in training'], rows)}
    <p>${card.splitRule}</p>
    ${searched ? '' : html`<p>Duplicates of training images were not searched for (<code>quorum dataset duplicates</code>).</p>`}
    <p>Licence: ${licenceOf(card, catalogue)}</p>
    <p class="muted">Fingerprint of the files: <code>${card.fingerprint}</code></p> `;
}

function licenceOf({ name, root }: DatasetCard, catalogue: readonly CatalogueEntry[]): string {
  const entry = catalogue.find((one) => one.kind === 'dataset' && one.name === name.toLowerCase());
  if (entry) return `${entry.licence.name} (${entry.source})`;
  const sample = join(SAMPLES, basename(root), 'sample.json');
  if (root === join(SAMPLES, basename(root)) && existsSync(sample)) {
    const { license, copyright } = SampleCard.parse(JSON.parse(readFileSync(sample, 'utf8')));
    return `${license}, ${copyright}`;
  }
  return 'not known to Quorum.';
}
