/**
 * Small things done every day: a path pasted, images selected, a note typed, a filter as the column shows it, a tab
 * left behind.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chromiumPath, NO_CHROMIUM } from './support/chromium.ts';
import { addRuns } from './support/manyRecords.ts';
import { fewSamples, openTestStudio, SAMPLES, type TestStudio } from './support/studio.ts';

let studio: TestStudio;
let run = '';

describe('every day', () => {
  beforeAll(async () => {
    if (chromiumPath() === null) return;
    studio = await openTestStudio({
      async prepare(dataDir, quorum) {
        await quorum('dataset', 'import', join(fewSamples(), 'fashion-mnist-mini'));
        [run = ''] = await addRuns(dataDir, 3, 300);
      },
    });
  });
  afterAll(async () => {
    if (chromiumPath() !== null) await studio.close();
  });
  beforeEach((context) => {
    if (chromiumPath() === null) context.skip(NO_CHROMIUM);
  });

  test('a pasted path leads there; one outside of the allowed folders comes with the command that admits it', async () => {
    const { page, url } = studio;
    await page.goto(`${url}#/datasets/import`);
    const field = page.getByRole('combobox', { name: 'Path or filter' });
    await field.fill('/data/pictures');
    await page.keyboard.press('Enter');
    await page.getByText('is not among the folders that this host may read').waitFor();
    await page.getByRole('button', { name: 'Copy', exact: true }).click();
    await expect
      .poll(() => page.evaluate<string>('navigator.clipboard.readText()'))
      .toBe('quorum serve --folder /data/pictures');
    await field.fill(join(SAMPLES, 'fashion-mnist-mini/train'));
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: /^sneaker/ }).waitFor();
    await field.fill('zzz');
    await page.getByText('No folder matches “zzz”').waitFor();
  });

  test('images are selected, excluded, marked, counted, listed, and included again', async () => {
    const { page, url } = studio;
    await page.goto(`${url}#/datasets`);
    const tiles = page.getByRole('group', { name: 'Images', exact: true }).getByRole('button');
    await tiles.nth(1).click({ modifiers: ['Control'] });
    await tiles.nth(3).click({ modifiers: ['Shift'] });
    const bar = page.getByRole('toolbar', { name: 'Actions for the selection' });
    await bar.getByText('3 images').waitFor();
    await bar.getByRole('button', { name: 'Exclude' }).click();
    await page.getByRole('button', { name: /^train .* · 3 excluded$/ }).waitFor();
    expect(await tiles.nth(1).getAttribute('aria-label')).toMatch(/: excluded$/);
    await page.getByRole('tab', { name: 'Changes (3)' }).click();
    await page
      .getByRole('button', { name: /^Undo the change of/ })
      .first()
      .click();
    await page.getByRole('tab', { name: 'Changes (2)' }).waitFor();
    await studio.shot(page, 'dataset-changes');
  });

  test('a note is saved while it is typed, and a reload keeps it', async () => {
    const { page, url } = studio;
    await page.goto(`${url}#/runs/${run}`);
    await page.getByLabel('Notes').fill('higher rate diverged');
    await page.getByText('Saved', { exact: true }).waitFor();
    await page.reload();
    await expect.poll(() => page.getByLabel('Notes').inputValue()).toBe('higher rate diverged');
  });

  test('a filter takes an accuracy as its column shows it; Ctrl and a click on a name select', async () => {
    const { page, url } = studio;
    await page.goto(`${url}#/runs`);
    const table = page.getByRole('table', { name: 'Runs' });
    const rows = async (): Promise<number> => Number(await table.getAttribute('aria-rowcount')) - 1;
    await expect.poll(rows).toBe(3);
    await page.getByRole('combobox', { name: /Filter runs/ }).fill('val/top1>80');
    await expect.poll(rows).toBe(3);
    await page.getByRole('combobox', { name: /Filter runs/ }).fill('val/top1>99');
    await page.getByText('No run matches the filter').waitFor();
    await page.getByRole('button', { name: 'Clear filter' }).click();
    await table.getByRole('columnheader', { name: 'LR' }).waitFor();
    await table
      .getByRole('link')
      .first()
      .click({ modifiers: ['Control'] });
    await page.getByRole('toolbar', { name: 'Actions for the selection' }).getByText('1 run').waitFor();
    expect(studio.context.pages()).toHaveLength(1);
  });

  test('a finished run opens with its result and interval', async () => {
    const { page, url } = studio;
    await page.goto(`${url}#/runs/${run}`);
    const result = page.getByRole('status', { name: 'Result' });
    await expect
      .poll(() => result.textContent())
      .toMatch(/\d\.\d % top-1 on \d+ validation images \(\d+\.\d–\d+\.\d\)/);
  });

  test('no page ever reported an error', () => {
    expect(studio.faults).toEqual([]);
  });
});
