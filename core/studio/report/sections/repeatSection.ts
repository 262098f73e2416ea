/** What computed, how to do it again, and what to cite. */
import type { CatalogueEntry } from '../../../../contract/catalogue.ts';
import { RunRequest } from '../../../../contract/runSpec.ts';
import { bibtexOf, bibtexOfPage } from '../../../models/citations.ts';
import { getModel } from '../../../models/registry.ts';
import type { FigureBook } from '../figureBook.ts';
import { type Html, html, table } from '../html.ts';
import type { ReportContent } from '../reportContent.ts';

export async function environmentSection(
  { runs, names }: ReportContent,
  book: FigureBook,
  quorum: string,
): Promise<Html> {
  const rows: Html[][] = [];
  for (const [at, { id, device }] of runs.entries())
    rows.push([
      html`${names[at]!}`,
      html`${device ? `${device.name} (${device.kind})` : '–'}`,
      html`${device ? `${device.engine} ${device.engineVersion}` : '–'}`,
      html`${device ? device.threads : '–'}`,
      await book.show(`seed of ${names[at]!}`, 'text', { kind: 'run', run: id, of: 'seed' }),
      await book.show(`steps of ${names[at]!}`, 'count', { kind: 'run', run: id, of: 'step' }),
      await book.show(`hours of ${names[at]!}`, 'small', { kind: 'run', run: id, of: 'hours' }),
    ]);
  return html`<h2>Environment</h2>
    ${rows.length > 0 ? table('What trained the networks', ['Run', 'Device', 'Engine', 'Threads', 'Seed', 'Steps', 'Hours'], rows) : ''}
    <p>Report by Quorum ${quorum} with Node ${process.versions.node} on ${process.platform} ${process.arch}.</p> `;
}

export async function repeatSection(content: ReportContent, book: FigureBook): Promise<Html> {
  const { runs, names, subject } = content;
  const parts: Html[] = [];
  for (const [at, { spec }] of runs.entries()) {
    const data = (await book.reading.context.datasets.find(spec.dataset))?.name ?? spec.dataset;
    const file = `${names[at]!.replace(/[^A-Za-z0-9_.-]/g, '-')}.json`;
    parts.push(
      html`<h3>${names[at]!}</h3>
        <p>Save these settings as <code>${file}</code>, then:</p>
        <pre tabindex="0"><code>quorum train --spec ${file} --dataset ${shellWord(data)}</code></pre>
        <details>
          <summary>${file}</summary>
          <pre tabindex="0"><code>${JSON.stringify(RunRequest.parse(spec), null, 1)}</code></pre>
        </details> `,
    );
  }
  const project =
    subject.kind === 'project' ? html`<pre tabindex="0"><code>quorum reproduce run ${subject.id}</code></pre>` : html``;
  return html`<h2>How to repeat it</h2>
    <p>
      Import the same images under the same name (<code>quorum dataset import FOLDER --name NAME</code>); their
      fingerprint is above. One seed decides every random number, so that the same engine on the same kind of processor
      gives the same bytes.
    </p>
    ${project}${parts}
    <h3>Check this report</h3>
    <p>
      Every number here carries its source. In the data folder that it came from, this reads each again from the stored
      probabilities and journals:
    </p>
    <pre tabindex="0"><code>quorum verify report.html</code></pre> `;
}

const shellWord = (text: string): string => (/^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

export async function citationSection(
  { runs, table: reproduced }: ReportContent,
  book: FigureBook,
  catalogue: readonly CatalogueEntry[],
): Promise<Html> {
  const entries = new Set<string>();
  for (const { spec } of runs) {
    const { paper, name, title } = getModel(spec.model.name);
    entries.add(bibtexOf(paper) ?? bibtexOfPage(name, title, paper));
  }
  for (const id of new Set(runs.map(({ spec }) => spec.dataset))) {
    const card = await book.reading.context.datasets.find(id);
    const entry = catalogue.find((one) => one.kind === 'dataset' && one.name === card?.name.toLowerCase());
    if (!entry) continue;
    const cited = entry.paper === null ? null : bibtexOf(entry.paper);
    entries.add(cited ?? bibtexOfPage(entry.name, entry.title, entry.paper ?? entry.source));
  }
  if (reproduced) {
    const { id, title, source, paper } = reproduced.project;
    entries.add((paper === null ? null : bibtexOf(paper)) ?? bibtexOfPage(id, title, paper ?? source));
  }
  if (entries.size === 0) return html``;
  return html`<h2>Citations</h2>
    <pre tabindex="0"><code>${[...entries].join('\n\n')}</code></pre> `;
}
