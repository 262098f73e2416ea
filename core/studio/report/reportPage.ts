/** The file of a report: one page that asks for nothing, executes nothing, and holds the sources of its figures. */
import { hash } from 'node:crypto';
import { ReportData } from '../../../contract/results/report.ts';
import { escapeHtml, type Html } from './html.ts';
import { REPORT_STYLE } from './reportStyle.ts';

const DATA_START = '<script type="application/json" id="report-data">';
const DATA_END = '</script>';

/** What the page allows itself: its own style and images that it holds. */
function policy(): string {
  const style = hash('sha256', REPORT_STYLE, 'base64');
  return `default-src 'none'; style-src 'sha256-${style}'; img-src data:; base-uri 'none'; form-action 'none'`;
}

export function reportPage(body: Html, data: Omit<ReportData, 'page'>): string {
  const page = [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy()}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta name="generator" content="Quorum ${escapeHtml(data.quorum)}">`,
    `<title>${escapeHtml(data.title)}</title>`,
    `<style>${REPORT_STYLE}</style>`,
    '</head>',
    '<body>',
    `<main>\n${body.text}</main>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
  const block: ReportData = { ...data, page: hash('sha256', page) };
  // no text in it can end the block
  const json = JSON.stringify(block).replaceAll('<', String.raw`\u003c`);
  return page.replace('</body>\n</html>\n', () => `${DATA_START}${json}${DATA_END}</body>\n</html>\n`);
}

export interface ReadReport {
  readonly data: ReportData;
  /** The page without its data. */
  readonly page: string;
}

/** Null for what is no report of ours. */
export function readReportPage(text: string): ReadReport | null {
  const from = text.lastIndexOf(DATA_START);
  const to = text.indexOf(DATA_END, from);
  if (from < 0 || to < 0) return null;
  try {
    const data = ReportData.parse(JSON.parse(text.slice(from + DATA_START.length, to)));
    return { data, page: text.slice(0, from) + text.slice(to + DATA_END.length) };
  } catch {
    return null;
  }
}

/** What the page shows as each figure, by id: text as it is escaped, or the SVG of a drawing. */
export function shownFigures(page: string): Map<string, string> {
  const shown = new Map<string, string>();
  for (const [, id, text] of page.matchAll(/<span data-figure="(f\d+)">([^<]*)<\/span>/g)) shown.set(id!, text!);
  for (const [, id, svg] of page.matchAll(/<figure class="drawing" data-figure="(f\d+)">([\s\S]*?)<\/figure>/g))
    shown.set(id!, svg!);
  return shown;
}
