/** The table of runs as a place to work: seeds together, tags for several, the trash and the ways out of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chromiumPath, NO_CHROMIUM } from './support/chromium.ts';
import { addRuns } from './support/manyRecords.ts';
import { fewSamples, openTestStudio, type TestStudio } from './support/studio.ts';

/** Networks, rates and batches of these repeat every 15 runs; only their seeds differ then. */
const RUNS = 30;

let studio: TestStudio;
const table = () => studio.page.getByRole('table', { name: 'Runs' });
const lines = async (): Promise<number> => Number(await table().getAttribute('aria-rowcount')) - 1;

describe('the table of runs', () => {
  beforeAll(async () => {
    if (chromiumPath() === null) return;
    studio = await openTestStudio({
      async prepare(dataDir, quorum) {
        await quorum('dataset', 'import', join(fewSamples(), 'fashion-mnist-mini'));
        await addRuns(dataDir, RUNS, 300);
      },
    });
    await studio.page.goto(`${studio.url}#/runs`);
    await table().waitFor();
  });
  afterAll(async () => {
    if (chromiumPath() !== null) await studio.close();
  });
  beforeEach((context) => {
    if (chromiumPath() === null) context.skip(NO_CHROMIUM);
  });

  test('runs that differ in their seed alone become one line with mean ± sd, which opens', async () => {
    const { page } = studio;
    expect(await lines()).toBe(RUNS);
    await page.getByLabel('Group by').selectOption('seeds');
    await expect.poll(lines).toBe(RUNS / 2);
    const group = table()
      .getByRole('row')
      .filter({ hasText: /vgg11.*, 2 seeds/ })
      .first();
    await group.getByText(/^\d\.\d{4} ± \d\.\d{4}$/).waitFor();
    await studio.shot(page, 'seed-groups');
    await group.getByRole('button', { name: /^Expand vgg11.*, 2 seeds$/ }).click();
    await expect.poll(lines).toBe(RUNS / 2 + 2);
    await group.focus();
    await page.keyboard.press('Enter');
    await expect.poll(lines).toBe(RUNS / 2);
  });

  test('a double click opens the run that was clicked, and the way back leads to the same rows; a pinned run is what others are measured by', async () => {
    const { page, url } = studio;
    await page.getByLabel('Group by').selectOption('model');
    await expect.poll(lines).toBe(5);
    await page.getByLabel('Group by').selectOption('none');
    await page.getByRole('combobox', { name: /Filter runs/ }).fill('lr=0.01 vgg16');
    await expect.poll(lines).toBe(2);
    await table().getByRole('columnheader', { name: 'Name' }).getByRole('button').click();
    const second = table().getByRole('row').nth(2);
    const name = (await second.getByRole('link').textContent()) ?? '';
    await second.dblclick({ position: { x: 700, y: 10 } });
    await page.getByRole('heading', { name, exact: true }).waitFor();
    await page.goBack();
    await expect.poll(lines).toBe(2);
    expect(page.url()).toContain('q=');
    await table()
      .getByRole('row')
      .nth(1)
      .click({ position: { x: 700, y: 10 } });
    await page.getByRole('button', { name: 'Pin', exact: true }).click();
    await table()
      .getByText(/^[±+−]\d\.\d{4}$/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Unpin' }).click();
    await page.getByRole('combobox', { name: /Filter runs/ }).fill('nonsense>3');
    await page.getByText('There is no setting or metric named nonsense.').waitFor();
    await page.getByRole('button', { name: 'Clear filter' }).click();
    await expect.poll(lines).toBe(RUNS);
    await page.goto(`${url}#/runs`);
    await page.getByLabel('Group by').selectOption('seeds');
  });

  test('chosen runs are compared: settings that differ, copied as LaTeX, and parallel axes that keep a range; the tab is in the address', async () => {
    const { page, url } = studio;
    await page.getByLabel('Group by').selectOption('none');
    for (const at of [1, 2, 3])
      await table()
        .getByRole('row')
        .nth(at)
        .click({ position: { x: 700, y: 10 }, ...(at > 1 && { modifiers: ['Control'] }) });
    await page
      .getByRole('toolbar', { name: 'Actions for the selection' })
      .getByRole('link', { name: 'Compare' })
      .click();
    await page.getByRole('tab', { name: 'Settings' }).click();
    const diff = page.getByRole('region', { name: 'Settings' });
    await diff.getByRole('rowheader', { name: 'lr', exact: true }).waitFor();
    expect(await diff.getByRole('rowheader', { name: 'epochs', exact: true }).count()).toBe(0);
    await page.getByLabel('Show identical settings').check();
    await diff.getByRole('rowheader', { name: 'epochs', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Copy', exact: true }).click();
    await page.getByRole('dialog', { name: 'Copy the table' }).getByRole('button', { name: 'LaTeX' }).click();
    await page
      .getByRole('dialog', { name: 'Copy the table' })
      .getByRole('button', { name: 'Copy', exact: true })
      .click();
    await expect
      .poll(() => page.evaluate<string>('navigator.clipboard.readText()'))
      .toMatch(/begin{tabular}{lrrr}[^]*Val top-1[^]*batchSize/);
    await page
      .getByRole('checkbox', { name: /^Show run/ })
      .first()
      .uncheck();
    expect(await diff.getByRole('columnheader').count()).toBe(1 + 2);
    await page
      .getByRole('checkbox', { name: /^Show run/ })
      .first()
      .check();
    await page.getByRole('tab', { name: 'Parallel coordinates' }).click();
    await page.waitForURL(/tab=parallel/);
    await page.getByRole('img', { name: /3 runs over .*val\/top1/ }).waitFor();
    const axis = await page.locator('.grip').first().boundingBox();
    if (!axis) throw new Error('no axis');
    await page.mouse.move(axis.x + 8, axis.y + 2);
    await page.mouse.down();
    await page.mouse.move(axis.x + 8, axis.y + axis.height * 0.2);
    await page.mouse.up();
    const inRange = page.getByText(/^[12] runs? of 3 in range$/);
    await inRange.waitFor();
    await studio.shot(page, 'parallel');
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('combobox', { name: 'Save figure' }).selectOption('csv'),
    ]);
    const lines = readFileSync(await saved.path(), 'utf8')
      .trimEnd()
      .split('\n');
    expect(lines[0]).toMatch(/^run,.*val\/top1/);
    expect(lines.length - 1).toBe(Number.parseInt((await inRange.textContent()) ?? ''));
    const drawn = join(studio.folder, 'parallel.svg');
    await studio.quorum('figure', 'parallel', ...lines.slice(1).map((line) => line.split(',')[0]!), '-o', drawn);
    expect(readFileSync(drawn, 'utf8').match(/<polyline/g)).toHaveLength(lines.length - 1);
    await page.getByRole('button', { name: 'Clear ranges' }).click();
    await page.goto(`${url}#/runs`);
    await page.getByLabel('Group by').selectOption('seeds');
  });

  test('choosing a group chooses its runs, and a tag is given to all of them', async () => {
    const { page } = studio;
    const group = table()
      .getByRole('row')
      .filter({ hasText: /vgg11.*, 2 seeds/ })
      .first();
    await group.click({ position: { x: 600, y: 10 } });
    const bar = page.getByRole('toolbar', { name: 'Actions for the selection' });
    await bar.getByText('2 runs').waitFor();
    await bar.getByRole('link', { name: 'Compare' }).click();
    await page.locator('[data-drawn="2"]').waitFor();
    await page.getByRole('checkbox', { name: 'Mean over seeds' }).check();
    await page.getByRole('img', { name: /rate of 2 runs, mean over seeds/ }).waitFor();
    await page.locator('[data-drawn="1"]').waitFor();
    await studio.shot(page, 'compare-seed-mean');
    await page.goBack();
    await group.click({ position: { x: 600, y: 10 } });
    await bar.getByText('2 runs').waitFor();
    await bar.getByRole('textbox', { name: 'Tag for the selected runs' }).fill('kept');
    await page.keyboard.press('Enter');
    await page.getByRole('combobox', { name: /Filter runs/ }).fill('kept');
    await expect.poll(lines).toBe(1);
  });

  test('what is deleted waits in the trash: one run is taken back, the other goes for good', async () => {
    const { page, quorum } = studio;
    const trash = page.getByRole('main');
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('status').getByText('2 runs are in the trash.').waitFor();
    await page.getByRole('combobox', { name: /Filter runs/ }).fill('');
    await page.getByRole('link', { name: 'Trash, 2 runs' }).click();
    const items = trash.getByRole('listitem');
    await expect.poll(() => items.count()).toBe(2);
    await studio.shot(page, 'trash');
    await items
      .first()
      .getByRole('button', { name: /^Restore/ })
      .click();
    await expect.poll(() => items.count()).toBe(1);
    const remove = items.first().getByRole('button', { name: /for good$/ });
    await remove.click();
    expect(await items.count()).toBe(1);
    await trash.getByText('Really delete it').waitFor();
    await remove.click();
    await trash.getByText('The trash is empty').waitFor();
    await page.goBack();
    await page.getByLabel('Group by').selectOption('none');
    await expect.poll(lines).toBe(RUNS - 1);
    expect((JSON.parse(await quorum('--json', 'runs', 'list')) as { runs: unknown[] }).runs.length).toBe(RUNS - 1);
    expect(studio.faults).toEqual([]);
  });
});
