/** The file of a report: nothing in it executes, nothing breaks out of its data, and what was changed is found. */
import { expect, test } from 'vitest';
import { figureText } from '../../../../core/studio/report/figureText.ts';
import { escapeHtml, html, table } from '../../../../core/studio/report/html.ts';
import { readReportPage, reportPage, shownFigures } from '../../../../core/studio/report/reportPage.ts';

const HOSTILE = '</script><script>alert(1)</script><img src=x onerror=alert(1)>"\'\u0000\u202e&amp;';
const DATA = {
  version: 1,
  quorum: '0.1.0',
  createdAt: '2026-01-01T00:00:00.000Z',
  subject: { kind: 'run', id: 'r-1' },
  title: HOSTILE,
  figures: [
    {
      id: 'f1',
      label: HOSTILE,
      value: HOSTILE,
      format: 'text',
      source: { kind: 'setting', run: 'r-1', setting: HOSTILE },
    },
  ],
} as const;

test('whatever is put into a template is text', () => {
  const { text } = html`<p title="${HOSTILE}">${HOSTILE}${[html`<b>${1}</b>`, '<i>']}</p>
    ${table(HOSTILE, [HOSTILE], [[HOSTILE]])}`;
  expect(text).not.toMatch(/<script|<img|<i>|\u0000|\u202e/);
  expect(text).toContain('<b>1</b>&lt;i&gt;');
  expect(text.match(/&lt;script&gt;/g)).toHaveLength(6);
});

test('the data block is read back as it was, and holds no end of itself', () => {
  const body = html`<p><span data-figure="f1">${HOSTILE}</span></p>`;
  const page = reportPage(body, { ...DATA, figures: [...DATA.figures] });
  expect(page.match(/<script/g)).toHaveLength(1);
  expect(page.match(/<\/script>/g)).toHaveLength(1);
  expect(page).toMatch(/<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-/);
  const read = readReportPage(page)!;
  expect(read.data).toMatchObject(DATA);
  expect(shownFigures(read.page).get('f1')).toBe(escapeHtml(HOSTILE));
  expect(readReportPage('<html></html>')).toBeNull();
  expect(readReportPage(page.replace('"version":1', '"version":9'))).toBeNull();
});

test('figures are written with their unit, and what is not there as a dash', () => {
  expect(figureText(0.41333, 'percent')).toBe('41.33 %');
  expect(figureText(-0.0125, 'points')).toBe('-1.25 points');
  expect(figureText(0.02, 'points')).toBe('+2.00 points');
  expect(figureText(1345, 'count')).toBe('1,345');
  expect(figureText(0.00001, 'pValue')).toBe('below 0.0001');
  expect(figureText(null, 'percent')).toBe('–');
});
