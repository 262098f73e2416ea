/**
 * A report opens in a browser without a network, asks for nothing and executes nothing, says the same numbers as the
 * studio, and knows when one of them was changed.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type FigureFormat, MOST_SAMPLES } from '../../contract/results/figure.ts';
import { ReportCheck, ReportData } from '../../contract/results/report.ts';
import { violations } from './support/axe.ts';
import { chromiumPath, launchBrowser, NO_CHROMIUM } from './support/chromium.ts';
import { fewSamples, openTestStudio, type TestStudio } from './support/studio.ts';

const HOSTILE = '</script><script>document.title="broken"</script><img src=x onerror="document.title=1">';
const SMALL = [
  '--width-factor',
  '0.1',
  '--head-width',
  '32',
  '--epochs',
  '1',
  '--batch-size',
  '64',
  '--lr',
  '1e-3',
  '--size',
  '32',
];
const Runs = z.object({ runs: z.array(z.object({ id: z.string(), seed: z.number().optional() })) });

let studio: TestStudio;
let reader: Browser;
let runs: string[] = [];
const file = (name: string): string => join(studio.folder, name);

/** The page of a report in a browser without a network; what went wrong and what it asked for. */
async function openOffline(name: string, colorScheme: 'light' | 'dark'): Promise<{ page: Page; faults: string[] }> {
  const context = await reader.newContext({ offline: true, colorScheme });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => faults.push(message.text()));
  page.on('pageerror', (error) => faults.push(error.message));
  const address = pathToFileURL(file(name)).href;
  page.on('request', (request) => {
    if (request.url() !== address && !request.url().startsWith('data:')) faults.push(request.url());
  });
  await page.goto(address);
  return { page, faults };
}

/** What is saved by the menu of this name. */
async function saved(page: Page, menu: string, format: FigureFormat): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('combobox', { name: menu }).selectOption(format),
  ]);
  const path = file(download.suggestedFilename());
  expect(path.endsWith(`.${format}`)).toBe(true);
  await download.saveAs(path);
  return readFileSync(path, 'latin1');
}

describe('report', () => {
  beforeAll(async () => {
    if (chromiumPath() === null) return;
    studio = await openTestStudio({
      async prepare(_, quorum) {
        await quorum('dataset', 'import', join(fewSamples(), 'noto-emoji'));
        await quorum('train', '--model', 'vgg11', ...SMALL, '--seed', '1-2');
        runs = Runs.parse(JSON.parse(await quorum('--json', 'runs', 'list'))).runs.map(({ id }) => id);
        await quorum('runs', 'note', runs[0]!, HOSTILE);
        await quorum('ensemble', 'create', HOSTILE, '--run', runs[0]!, '--run', runs[1]!);
      },
    });
    reader = await launchBrowser();
    await studio.quorum('report', HOSTILE, '-o', file('ensemble.html'));
    await studio.quorum('report', runs[0]!, '-o', file('run.html'));
    await studio.quorum('report', 'vgg-tiny-imagenet', '-o', file('project.html'));
  });
  afterAll(async () => {
    if (chromiumPath() === null) return;
    await reader.close();
    await studio.close();
  });
  beforeEach((context) => {
    if (chromiumPath() === null) context.skip(NO_CHROMIUM);
  });

  test.each([
    ['run.html', 'light'],
    ['ensemble.html', 'dark'],
    ['project.html', 'light'],
  ] as const)('%s opens offline, without error, request or violation (%s)', async (name, scheme) => {
    const { page, faults } = await openOffline(name, scheme);
    expect(await page.title()).not.toBe('broken');
    expect(await page.locator('script').count()).toBe(1);
    expect(await violations(page)).toEqual([]);
    expect(faults).toEqual([]);
    await page.emulateMedia({ media: 'print' });
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    await page.context().close();
  });

  test('its numbers are those of the studio', async () => {
    const { page } = await openOffline('run.html', 'light');
    const data = ReportData.parse(JSON.parse((await page.locator('#report-data').textContent()) ?? ''));
    const evaluation = data.figures.find(({ source }) => source.kind === 'evaluation')!.source;
    const id = evaluation.kind === 'evaluation' ? evaluation.evaluation : '';
    const shown = z
      .object({
        metrics: z.object({
          labelled: z.number(),
          logLoss: z.number(),
          top1: z.object({ accuracy: z.number(), interval: z.object({ low: z.number(), high: z.number() }) }),
          top5: z.object({ accuracy: z.number() }),
        }),
      })
      .parse(JSON.parse(await studio.quorum('--json', 'evaluate', 'show', id))).metrics;
    const expected: Record<string, [number, string]> = {
      labelled: [shown.labelled, String(shown.labelled)],
      top1: [shown.top1.accuracy, `${(100 * shown.top1.accuracy).toFixed(2)} %`],
      top1Low: [shown.top1.interval.low, `${(100 * shown.top1.interval.low).toFixed(2)} %`],
      top1High: [shown.top1.interval.high, `${(100 * shown.top1.interval.high).toFixed(2)} %`],
      top5: [shown.top5.accuracy, `${(100 * shown.top5.accuracy).toFixed(2)} %`],
      loss: [shown.logLoss, shown.logLoss.toFixed(4)],
    };
    for (const [of, [value, text]] of Object.entries(expected)) {
      const figure = data.figures.find(
        ({ source }) => source.kind === 'evaluation' && source.evaluation === id && source.of === of,
      )!;
      expect([of, figure.value]).toEqual([of, value]);
      expect(await page.locator(`[data-figure="${figure.id}"]`).innerText()).toBe(text);
    }
    const drawings = await page.locator('figure.drawing').count();
    expect(drawings).toBe(3);
    await page.context().close();
  });

  test('verify reads every figure again, and finds what was changed in the page or in the data', async () => {
    for (const name of ['run.html', 'ensemble.html', 'project.html']) {
      const check = ReportCheck.parse(JSON.parse(await studio.quorum('--json', 'verify', file(name))));
      expect([name, check.problems, check.untouched]).toEqual([name, [], true]);
      expect(check.holding).toBe(check.figures);
    }
    const text = readFileSync(file('run.html'), 'utf8');
    const top1 = /<span data-figure="(f\d+)">(\d+\.\d\d %)<\/span>/.exec(text)!;
    writeFileSync(file('page.html'), text.replace(top1[0], top1[0].replace(top1[2]!, '99.00 %')));
    writeFileSync(file('words.html'), text.replace('How well does', 'How badly does'));
    // the number and its data together: only what is stored knows
    const value = new RegExp(`("id":"${top1[1]!}","label":"[^"]*","value":)[\\d.e-]+`);
    writeFileSync(file('both.html'), readFileSync(file('page.html'), 'utf8').replace(value, '$10.99'));
    const drawn = text.replace(/(<figure class="drawing"[\s\S]*?<path d="M)([\d.]+)/, '$11$2');
    writeFileSync(file('drawn.html'), drawn);
    const found = async (name: string): Promise<[string[], boolean]> => {
      const failed = await studio.quorum('--json', 'verify', file(name)).catch((error: unknown) => error);
      const { stdout } = z.object({ stdout: z.string() }).parse(failed);
      const { problems, untouched } = ReportCheck.parse(JSON.parse(stdout));
      return [problems.map(({ id, outcome }) => `${id} ${outcome}`), untouched];
    };
    expect(await found('page.html')).toEqual([[`${top1[1]!} changed`], false]);
    expect(await found('words.html')).toEqual([[], false]);
    expect(await found('both.html')).toEqual([[`${top1[1]!} differs`], false]);
    const [[drawing, ...others], untouched] = await found('drawn.html');
    expect([drawing?.endsWith(' changed'), others, untouched]).toEqual([true, [], false]);
  });

  test('the window saves reports and figures', async () => {
    const { page, url } = studio;
    await page.goto(`${url}#/runs/${runs[0]!}/curves`);
    const [report] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('combobox', { name: 'Save report' }).selectOption('With example images'),
    ]);
    expect(report.suggestedFilename()).toMatch(/^Report .*\.html$/);
    await report.saveAs(file('saved.html'));
    const check = ReportCheck.parse(JSON.parse(await studio.quorum('--json', 'verify', file('saved.html'))));
    expect([check.problems, check.untouched]).toEqual([[], true]);
    expect(readFileSync(file('saved.html'), 'utf8')).toContain('<img src="data:image/');
    const [lean] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('combobox', { name: 'Save report' }).selectOption('Without images'),
    ]);
    const text = readFileSync(await lean.path(), 'utf8');
    expect(text).toContain('left out of this report');
    expect(text).not.toContain('<img');
    for (const [format, start] of [
      ['svg', '<svg xmlns'],
      ['png', '\u0089PNG'],
      ['csv', 'run,epoch,trainLoss,valLoss'],
    ] as const)
      expect((await saved(page, 'Save curves', format)).startsWith(start)).toBe(true);
    await page.goto(`${url}#/ensembles`);
    await page.getByRole('combobox', { name: 'Save report' }).waitFor();
    await page.goto(`${url}#/reproduce/vgg-tiny-imagenet`);
    await page.getByRole('combobox', { name: 'Save report' }).waitFor();
    expect(studio.faults).toEqual([]);
  });

  test('the window saves walls of images and tables as they are shown', async () => {
    const { page, url } = studio;
    const first = (csv: string): string => csv.split('\n')[0] ?? '';
    await page.goto(`${url}#/runs/${runs[0]!}/mistakes`);
    const mistakes = await saved(page, 'Save images', 'csv');
    expect(first(mistakes)).toBe('image,decision,probability,true class');
    const rows = mistakes.trim().split('\n').slice(1);
    const shown = await page.getByText(/^Mistakes, highest loss first: /).textContent();
    expect(rows).toHaveLength(Math.min(MOST_SAMPLES, Number(/\d+/.exec(shown ?? '')?.[0])));
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      const [, decision, , truth] = row.split(',');
      expect(decision).not.toBe(truth);
    }
    expect(await saved(page, 'Save images', 'svg')).toContain('href="data:image/png;base64,');
    await page.goto(`${url}#/ensembles`);
    await page.getByRole('tab', { name: 'Sample' }).click();
    expect(first(await saved(page, 'Save images', 'csv'))).toBe('image,decision,probability,true class');
    await page.goto(`${url}#/evaluate`);
    expect(await saved(page, 'Save table', 'csv')).toMatch(/^Network,.*\n/);
    await page.goto(`${url}#/runs`);
    await page.getByRole('button', { name: 'Copy the table' }).click();
    expect(await saved(page, 'Save table', 'svg')).toContain('>vgg11');
    await page.keyboard.press('Escape');
    await page.goto(`${url}#/reproduce/vgg-tiny-imagenet`);
    const table = await saved(page, 'Save table', 'csv');
    expect(table).toContain('"Validation top-1, %, published"');
    expect(table).toMatch(/^VGG-11,48\.00,,/m);
    expect((await saved(page, 'Save table', 'png')).startsWith('\u0089PNG')).toBe(true);
    expect(studio.faults).toEqual([]);
  });
});
