/** Every place and dialog in both themes: no serious finding of axe. Weights and Evaluate are in evaluate.e2e.ts. */
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { followBrowserTheme, inBothThemes, placeName, settle } from './support/bothThemes.ts';
import { chromiumPath, NO_CHROMIUM } from './support/chromium.ts';
import { queueSmallRuns } from './support/newRun.ts';
import { WAIT_MS } from '../../build/suite/patience.ts';
import { openTestStudio, type TestStudio } from './support/studio.ts';

const RUN_TABS = ['curves', 'predictions', 'confusion', 'classes', 'mistakes', 'spec', 'log'];

let studio: TestStudio;

describe('every view', () => {
  beforeAll(async () => {
    if (chromiumPath() === null) return;
    studio = await openTestStudio({ few: true });
    const { page, url } = studio;
    await page.getByRole('button', { name: 'Try with sample data' }).click();
    await page.waitForURL(/#\/datasets\/d-/);
    await queueSmallRuns(page, url, { networks: ['vgg11', 'vgg13', 'vgg16'], epochs: 2 });
    await vi.waitFor(
      async () => {
        expect(await page.getByRole('table', { name: 'Runs' }).getByText('Finished').count()).toBe(3);
      },
      { timeout: WAIT_MS, interval: 500 },
    );
    await page
      .getByRole('link', { name: /^vgg13/ })
      .first()
      .click();
    await page.getByRole('link', { name: 'Predict & vote' }).click();
    await page.getByRole('button', { name: 'Predict & vote' }).click();
    await page
      .getByRole('button', { name: 'Export CSV' })
      .waitFor()
      .catch(async (error: unknown) => {
        await studio.shot(page, 'no-vote');
        throw error;
      });
  });
  afterAll(async () => {
    if (chromiumPath() !== null) await studio.close();
  });
  beforeEach((context) => {
    if (chromiumPath() === null) context.skip(NO_CHROMIUM);
  });

  test('every place is sound, and its colours in both themes', async () => {
    const { page, url } = studio;
    await followBrowserTheme(page, url);
    const run = await runPath(page, url);
    const compare = `/runs/compare?runs=${(await runIds(page, url)).join(',')}`;
    const places = [
      '/',
      '/datasets',
      '/datasets/import',
      '/runs',
      '/runs/new',
      '/runs/import',
      compare,
      '/ensembles',
      '/ensembles/new',
      '/reproduce',
      '/reproduce/add',
      '/catalogue/weights',
      '/catalogue/dataset',
      '/catalogue/try',
      '/guide',
      '/trash',
      '/settings',
      '/nowhere',
      ...RUN_TABS.map((tab) => `${run}/${tab}`),
    ];
    const found: Record<string, string[]> = {};
    for (const place of places) {
      await page.goto(`${url}#${place}`);
      await settle(page);
      const findings = await inBothThemes(page, placeName(place));
      if (findings.length > 0) found[place] = findings;
    }
    expect(found).toEqual({});
    expect(studio.faults).toEqual([]);
  });

  test('dialogs are as sound as places', async () => {
    const { page, url } = studio;
    const run = await runPath(page, url);
    const dialogs: readonly {
      readonly name: string;
      readonly place: string;
      readonly open: () => Promise<void>;
      readonly isOpen: Locator;
    }[] = [
      {
        name: 'export-csv',
        place: '/ensembles',
        open: () => page.getByRole('button', { name: 'Export CSV' }).click(),
        isOpen: page.getByLabel('File', { exact: true }),
      },
      {
        name: 'vote',
        place: '/ensembles',
        open: () => page.getByRole('table', { name: 'Predictions' }).getByRole('button').first().click(),
        isOpen: page.getByRole('columnheader', { name: 'Next most probable, %' }),
      },
      {
        name: 'columns',
        place: '/runs',
        open: () => page.getByRole('button', { name: 'Columns' }).click(),
        isOpen: page.getByRole('dialog'),
      },
      {
        name: 'copy',
        place: '/runs',
        open: () => page.getByRole('button', { name: 'Copy the table' }).click(),
        isOpen: page.getByRole('dialog'),
      },
      {
        name: 'continue',
        place: run,
        open: () => page.getByRole('button', { name: 'Continue training…' }).click(),
        isOpen: page.getByRole('dialog', { name: 'Continue training' }),
      },
      {
        name: 'archive',
        place: run,
        open: () => page.getByRole('button', { name: 'Archive this run' }).click(),
        isOpen: page.getByRole('dialog', { name: 'Archive runs' }),
      },
      {
        name: 'get',
        place: '/catalogue/weights',
        open: () => page.getByRole('button', { name: /^Get / }).first().click(),
        isOpen: page.getByText(/^I accept this licence/),
      },
      {
        name: 'place',
        place: '/settings',
        open: () => page.getByRole('button', { name: 'Add a place' }).click(),
        isOpen: page.getByRole('form', { name: 'Add a place' }),
      },
      {
        name: 'palette',
        place: '/',
        open: () => page.keyboard.press('Control+k'),
        isOpen: page.getByRole('combobox', { name: 'Search commands' }),
      },
    ];
    const found: Record<string, string[]> = {};
    for (const { name, place, open, isOpen } of dialogs) {
      await page.goto(`${url}#${place}`);
      await open();
      await isOpen.waitFor();
      const findings = await inBothThemes(page, `dialog-${name}`);
      if (findings.length > 0) found[name] = findings;
      await page.keyboard.press('Escape');
      if (name === 'place') await page.getByRole('button', { name: 'Cancel' }).click();
      await isOpen.waitFor({ state: 'hidden' });
    }
    expect(found).toEqual({});
  });

  test('nothing is wider than a small window', async () => {
    const { page, url } = studio;
    await page.setViewportSize({ width: 1024, height: 700 });
    for (const place of ['/', '/datasets', '/runs', '/runs/new', '/ensembles', '/settings', await runPath(page, url)]) {
      await page.goto(`${url}#${place}`);
      await settle(page);
      expect(await page.evaluate<number>('document.documentElement.scrollWidth'), place).toBeLessThanOrEqual(1024);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
  });
});

async function runIds(page: Page, url: string): Promise<string[]> {
  await page.goto(`${url}#/runs`);
  await page.getByRole('table', { name: 'Runs' }).getByRole('link').first().waitFor();
  const links = await page.getByRole('table', { name: 'Runs' }).getByRole('link').all();
  return Promise.all(links.map(async (link) => ((await link.getAttribute('href')) ?? '').replace('#/runs/', '')));
}

async function runPath(page: Page, url: string): Promise<string> {
  return `/runs/${(await runIds(page, url))[0] ?? ''}`;
}
