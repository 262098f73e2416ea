/** Do the figures of a report still hold? Each is read again from what is stored. */
import { hash } from 'node:crypto';
import { StudioError } from '../../../contract/errors.ts';
import type { FigureCheck, ReportCheck, ReportFigure, ReportValue } from '../../../contract/results/report.ts';
import { figureText } from './figureText.ts';
import { escapeHtml } from './html.ts';
import { digestOf, readFigure, type Reading } from './readFigure.ts';
import { readReportPage, shownFigures } from './reportPage.ts';

/** Sums in another order on another processor differ in the last digits. */
const TOLERANCE = 1e-9;

/**
 * @param text of the report's file
 * @throws {StudioError} `file.damaged`: for what is no report of ours
 */
export async function verifyReport(text: string, reading: Reading): Promise<ReportCheck> {
  const read = readReportPage(text);
  if (!read)
    throw new StudioError('file.damaged', 'This file is no report of Quorum, or its data block is damaged.', {
      remedy: 'Choose a file that `quorum report` or the button Report wrote, unchanged by other programs.',
    });
  const shown = shownFigures(read.page);
  const checks: FigureCheck[] = [];
  for (const figure of read.data.figures) checks.push(await checkFigure(figure, shown.get(figure.id), reading));
  return {
    title: read.data.title,
    figures: checks.length,
    holding: checks.filter(({ outcome }) => outcome === 'holds').length,
    untouched: hash('sha256', read.page) === read.data.page,
    problems: checks.filter(({ outcome }) => outcome !== 'holds'),
  };
}

async function checkFigure(figure: ReportFigure, shown: string | undefined, reading: Reading): Promise<FigureCheck> {
  const { id, label, format, value } = figure;
  const drawing = format === 'drawing';
  const written = figureText(value, format);
  const onPage = shown === undefined ? null : drawing ? digestOf(shown) : shown;
  const asShown = drawing ? 'a drawing' : unescaped(shown ?? 'nothing');
  let stored: ReportValue;
  try {
    stored = await readFigure(figure.source, reading);
  } catch (error) {
    if (!(error instanceof StudioError)) throw error;
    return { id, label, outcome: 'gone', shown: asShown, stored: null, reason: error.message };
  }
  const now = drawing ? 'another drawing' : figureText(stored, format);
  if (!same(stored, value))
    return { id, label, outcome: 'differs', shown: asShown, stored: now, reason: `stored is ${now}` };
  if (onPage !== (drawing ? written : escapeHtml(written)))
    return { id, label, outcome: 'changed', shown: asShown, stored: now, reason: 'the page was changed' };
  return { id, label, outcome: 'holds', shown: asShown, stored: now, reason: '' };
}

function same(stored: ReportValue, value: ReportValue): boolean {
  return typeof stored === 'number' && typeof value === 'number'
    ? Math.abs(stored - value) <= TOLERANCE * Math.max(1, Math.abs(stored))
    : stored === value;
}

function unescaped(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
