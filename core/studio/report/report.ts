/** Reports: a run, an ensemble or a published table as one page, and whether its figures still hold. */
import { readFile } from 'node:fs/promises';
import type { CatalogueEntry } from '../../../contract/catalogue.ts';
import { METRIC } from '../../../contract/metrics.ts';
import type { ReportCheck, ReportSubject } from '../../../contract/results/report.ts';
import type { ReproducedTable } from '../../../contract/results/reproduction.ts';
import { writeDurableFile } from '../../files/durableFile.ts';
import { fileError } from '../../files/fileErrors.ts';
import type { StudioContext } from '../context.ts';
import { type Ask, askHere } from '../lookups/handlers.ts';
import { FigureBook } from './figureBook.ts';
import { type Html, html } from './html.ts';
import type { Reading } from './readFigure.ts';
import { findSubject, reportContent, type ReportContent } from './reportContent.ts';
import { reportPage } from './reportPage.ts';
import { dataSection } from './sections/dataSection.ts';
import { imageSection } from './sections/imageSection.ts';
import { networkSection, settingsSection } from './sections/networkSection.ts';
import { citationSection, environmentSection, repeatSection } from './sections/repeatSection.ts';
import { curvesSection, evaluationSection } from './sections/resultSection.ts';
import { tableSection } from './sections/tableSection.ts';
import { comparisonSection, voteSection } from './sections/voteSection.ts';
import { verifyReport } from './verifyReport.ts';

export interface ReportOptions {
  /** Of Quorum. */
  readonly version: string;
  /** Whether some of the data set's images are in it. */
  readonly images: boolean;
  /** Of a host whose own thread has other work. */
  readonly ask?: Ask;
}

export interface WrittenReport {
  readonly title: string;
  readonly page: string;
  /** Figures that carry their source. */
  readonly figures: number;
}

export interface ReportHandlers {
  /** By the name of a project, or the id or name of an ensemble or a run. @throws {StudioError} `run.notFound` */
  find(text: string): Promise<ReportSubject>;
  /** @throws {StudioError} `run.notFound`, `ensemble.notFound`, `input.invalid` */
  make(subject: ReportSubject, options: ReportOptions): Promise<WrittenReport>;
  /** As `make`, to a file; replaced when it is there. */
  write(subject: ReportSubject, path: string, options: ReportOptions): Promise<WrittenReport>;
  /** @throws {StudioError} `file.…`; `file.damaged`: for what is no report */
  verify(path: string): Promise<ReportCheck>;
}

interface Sources {
  readonly reproduce: { show(id: string): Promise<ReproducedTable>; ids(): readonly string[] };
  readonly catalogue: { list(): readonly CatalogueEntry[] };
}

export function createReportHandlers(context: StudioContext, { reproduce, catalogue }: Sources): ReportHandlers {
  const reading = (ask: Ask): Reading => {
    const tables = new Map<string, Promise<ReproducedTable>>();
    return {
      context,
      ask,
      reproduced(id) {
        const known = tables.get(id) ?? reproduce.show(id);
        tables.set(id, known);
        return known;
      },
    };
  };
  const make: ReportHandlers['make'] = (subject, { ask = askHere, ...options }) =>
    makeReport(subject, reading(ask), options, catalogue.list());
  return {
    make,
    async write(subject, path, options) {
      const report = await make(subject, options);
      await writeDurableFile(path, report.page, { overwrite: true });
      return report;
    },
    find: (text) => findSubject(context, reproduce.ids(), text),
    async verify(path) {
      const text = await readFile(path, 'utf8').catch((error: unknown) => {
        throw fileError(error, path, { doing: 'read' });
      });
      return verifyReport(text, reading(askHere));
    },
  };
}

const WITHOUT_IMAGES = html`<p class="muted">Images of the data set are left out of this report.</p>`;

async function makeReport(
  subject: ReportSubject,
  reading: Reading,
  { version, images }: ReportOptions,
  catalogue: readonly CatalogueEntry[],
): Promise<WrittenReport> {
  const content = await reportContent(subject, reading);
  const book = new FigureBook(reading);
  const createdAt = new Date().toISOString();
  const body = html`<header>
      <h1>${content.title}</h1>
      <p class="muted">Report of ${createdAt.slice(0, 10)}</p>
    </header>
    <p>${content.question}</p>
    ${content.note === '' ? '' : html`<p>${content.note}</p>`} ${await summaryOf(content, book)}
    ${await tableSection(content, book)} ${await voteSection(content, book)} ${await evaluationSection(content, book)}
    ${await comparisonSection(content, book)} ${await curvesSection(content, book)}
    ${images ? await imageSection(content, book) : WITHOUT_IMAGES} ${await dataSection(content, book, catalogue)}
    ${await networkSection(content, book)} ${await settingsSection(content, book)}
    ${await environmentSection(content, book, version)} ${await repeatSection(content, book)}
    ${await citationSection(content, book, catalogue)}`;
  const { figures } = book;
  const page = reportPage(body, {
    version: 1,
    quorum: version,
    createdAt,
    subject: content.subject,
    title: content.title,
    figures,
  });
  return { title: content.title, page, figures: figures.length };
}

/** The answer in one line, where one run is asked about. */
async function summaryOf({ runs, subject }: ReportContent, book: FigureBook): Promise<Html> {
  const [run] = runs;
  if (!run || subject.kind !== 'run' || run.best[METRIC.valTop1] === undefined) return html``;
  const top1 = await book.show('validation top-1 of the best epoch', 'percent', {
    kind: 'metric',
    run: run.id,
    metric: METRIC.valTop1,
  });
  const loss = await book.show('validation loss of the best epoch', 'loss', {
    kind: 'metric',
    run: run.id,
    metric: METRIC.valLoss,
  });
  const epoch = await book.show('best epoch', 'count', { kind: 'run', run: run.id, of: 'bestEpoch' });
  return html`<p class="result">
    Validation top-1 ${top1}, loss ${loss}, as trained, at epoch ${epoch}, which was chosen by these same images.
  </p> `;
}
