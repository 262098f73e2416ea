/**
 * A published table, from an empty data folder to filled cells by one button; and what a stranger's project may not
 * do.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chromiumPath, NO_CHROMIUM } from './support/chromium.ts';
import { fewSamples, openTestStudio, type TestStudio } from './support/studio.ts';

const PROJECT = {
  id: 'small-table',
  title: 'One narrow <b>network</b>',
  question: 'Does a narrow VGG-11 learn in two epochs?',
  source: 'https://example.org/table',
  paper: null,
  dataset: { name: 'emoji', title: 'Emoji', classes: 8, images: {} },
  rows: [
    {
      id: 'narrow',
      title: 'VGG-11, narrow',
      model: 'vgg11',
      options: { widthFactor: 0.1, headWidth: 32 },
      preset: null,
      recipe: { epochs: 2, batchSize: 16, lr: 0.001 },
    },
  ],
  columns: [
    {
      id: 'val',
      title: 'Validation top-1, %',
      metric: 'top1',
      split: 'val',
      protocol: 'as-trained',
      comparison: 'retrained',
    },
    {
      id: 'center',
      title: 'One crop, top-1, %',
      metric: 'top1',
      split: 'val',
      protocol: 'native-64',
      comparison: 'retrained',
    },
  ],
  published: { narrow: { val: '99.99', center: '99.99' } },
};

let studio: TestStudio;

describe('reproduce', () => {
  beforeAll(async () => {
    if (chromiumPath() === null) return;
    studio = await openTestStudio({
      files: true,
      async prepare(dataDir) {
        mkdirSync(dataDir, { recursive: true });
        writeFileSync(join(dataDir, '..', 'files', 'small-table.json'), JSON.stringify(PROJECT));
      },
    });
  });
  afterAll(async () => {
    if (chromiumPath() !== null) await studio.close();
  });
  beforeEach((context) => {
    if (chromiumPath() === null) context.skip(NO_CHROMIUM);
  });

  test('every shipped table opens on an empty data folder and says what it needs', async () => {
    const { page, url } = studio;
    await page.goto(`${url}#/reproduce`);
    const list = page.getByRole('navigation', { name: 'Reproduce', exact: true });
    await list.getByRole('link', { name: /VGG on Tiny ImageNet/ }).click();
    await page.getByText('No data set here has the published 200 classes').waitFor();
    const cell = page.getByRole('button', { name: /published 35\.9/ }).first();
    expect(await cell.innerText()).toContain('Needs the data set');
    await cell.click();
    await page.getByRole('link', { name: 'Import data', exact: true }).waitFor();
    await studio.shot(page, 'reproduce-empty');
  });

  test("a project of one's own is added from a file, as text", async () => {
    const { page, url } = studio;
    await page.goto(`${url}#/reproduce/add`);
    await page.getByRole('combobox', { name: 'Path or filter' }).fill(join(studio.folder, 'files'));
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: /^small-table\.json/ }).click();
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('heading', { name: 'One narrow <b>network</b>' }).waitFor();
  });

  test('a path that is typed before the host has named its folders is opened', async () => {
    const page = await studio.context.newPage();
    const held: (() => void)[] = [];
    let holds = false;
    await page.routeWebSocket(/./, (socket) => {
      const host = socket.connectToServer();
      socket.onMessage((message) => {
        if (holds) held.push(() => host.send(message));
        else host.send(message);
      });
    });
    await page.goto(`${studio.url}#/reproduce`);
    await page.getByRole('navigation', { name: 'Reproduce', exact: true }).getByRole('link').first().waitFor();
    // the list goes on to its first table by itself
    await page.waitForURL(/#\/reproduce\/.+/);
    holds = true;
    await page.goto(`${studio.url}#/reproduce/add`);
    const field = page.getByRole('combobox', { name: 'Path or filter' });
    await field.fill(join(studio.folder, 'files'));
    await field.press('Enter');
    holds = false;
    for (const send of held) send();
    await page.getByRole('button', { name: /^small-table\.json/ }).waitFor();
    expect(await field.inputValue()).toBe('');
    await page.close();
  });

  test('one button trains, evaluates and fills the table with verdicts', async () => {
    const { page, url } = studio;
    await studio.quorum('dataset', 'import', join(fewSamples(), 'noto-emoji'));
    await page.goto(`${url}#/reproduce/small-table`);
    await page.getByText('Missing: 1 run.').waitFor();
    await page.getByRole('button', { name: 'Queue what is missing' }).click();
    await page.getByText('1 run queued.').waitFor();
    const verdicts = page.getByText('Differs beyond chance');
    await expect.poll(() => verdicts.count()).toBe(2);
    await page.getByText('Nothing is missing.').waitFor();
    await page
      .getByRole('button', { name: /published 99\.99/ })
      .first()
      .click();
    await page.getByText('Measured under as-trained').waitFor();
    await studio.shot(page, 'reproduce-filled');
    expect(studio.faults).toEqual([]);
  });
});
