/**
 * Every place and dialog in both themes: no serious finding of axe. With `QUORUM_SCREENSHOTS=FOLDER` an image of each
 * in three sizes is left there to look at.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { chromiumPath, NO_CHROMIUM } from './support/chromium.ts';
import { queueSmallRuns } from './support/newRun.ts';
import { WAIT_MS } from '../../build/suite/patience.ts';
import { openTestStudio, type TestStudio } from './support/studio.ts';

const Findings = z.object({
  violations: z.array(
    z.object({
      id: z.string(),
      impact: z.string().nullable(),
      nodes: z.array(z.object({ html: z.string(), failureSummary: z.string().optional() })),
    }),
  ),
});
const SHOTS = process.env['QUORUM_SCREENSHOTS'];
/** A small laptop, a usual screen, a large one. */
const SIZES = [
  { width: 1024, height: 700 },
  { width: 1440, height: 900 },
  { width: 2560, height: 1440 },
] as const;
const RUN_TABS = ['curves', 'predictions', 'confusion', 'classes', 'mistakes', 'spec', 'log'];

let studio: TestStudio;
let axe = '';

const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];

/** @param rules tags or rules of axe */
async function seriousFindings(page: Page, rules: readonly string[] = WCAG): Promise<string[]> {
  await page.evaluate(axe);
  const options = JSON.stringify({ resultTypes: ['violations'], runOnly: rules });
  const { violations } = Findings.parse(await page.evaluate(`axe.run(document, ${options})`));
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary ?? ''}`));
}

/** Everything in the dark theme, and in the light one what a theme decides: colours. */
async function inBothThemes(page: Page, name: string): Promise<string[]> {
  const found: string[] = [];
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await page.locator(`.v-theme--${theme}`).first().waitFor();
    await painted(page);
    found.push(...(await seriousFindings(page, theme === 'dark' ? WCAG : ['color-contrast'])));
    if (SHOTS !== undefined) await shoot(page, SHOTS, `${theme}-${name}`);
  }
  return found;
}

describe('every view', () => {
  beforeAll(async () => {
    if (chromiumPath() === null) return;
    axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
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
    // something to see in Evaluate and Weights as well
    const [run = ''] = await runIds(page, url);
    await studio.quorum('evaluate', '--run', run, '--data', 'val', '--protocol', 'as-trained');
    const file = join(studio.folder, 'vgg.safetensors');
    await studio.quorum('weights', 'export', run, '--format', 'safetensors', '--output', file);
    const network = /vgg\d+/.exec(await studio.quorum('runs', 'show', run))?.[0] ?? '';
    await studio.quorum('weights', 'import', file, '--model', network, '--name', 'sample-weights');
  });
  afterAll(async () => {
    if (chromiumPath() !== null) await studio.close();
  });
  beforeEach((context) => {
    if (chromiumPath() === null) context.skip(NO_CHROMIUM);
  });

  test('every place is sound, and its colours in both themes', async () => {
    const { page, url } = studio;
    await page.goto(`${url}#/settings`);
    await page.getByRole('group', { name: 'Theme' }).getByRole('button', { name: 'System' }).click();
    await page.getByText('TensorFlow').first().waitFor();
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
      '/weights',
      '/weights/import',
      ...['', '/measure', '/sizes', '/compare', '/timing', '/protocols'].map((tab) => `/evaluate${tab}`),
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

/** `/runs/r-1/curves` is `runs-run-curves`. */
function placeName(place: string): string {
  const parts = place.split('?')[0]?.split('/').filter(Boolean) ?? [];
  return parts.map((part) => part.replace(/^([rdwe]|ev)-.*/, 'one')).join('-') || 'home';
}

async function shoot(page: Page, folder: string, name: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const size of SIZES) {
    await page.setViewportSize(size);
    await page.waitForTimeout(150);
    await page.screenshot({ path: join(folder, `${name}-${size.width}.png`) });
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}

async function settle(page: Page): Promise<void> {
  await page.getByRole('heading').first().waitFor();
  await expect.poll(() => page.locator('.loading').count()).toBe(0);
  await painted(page);
}

/** Styles count from the frame after next, and colours pass over to others: what has an end is waited for. */
async function painted(page: Page): Promise<void> {
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
  const ending =
    'document.getAnimations().filter(({ effect }) => Number.isFinite(effect?.getComputedTiming().endTime))';
  await page.evaluate(`Promise.allSettled(${ending}.map(({ finished }) => finished)).then(() => undefined)`);
}

async function runIds(page: Page, url: string): Promise<string[]> {
  await page.goto(`${url}#/runs`);
  await page.getByRole('table', { name: 'Runs' }).getByRole('link').first().waitFor();
  const links = await page.getByRole('table', { name: 'Runs' }).getByRole('link').all();
  return Promise.all(links.map(async (link) => ((await link.getAttribute('href')) ?? '').replace('#/runs/', '')));
}

async function runPath(page: Page, url: string): Promise<string> {
  return `/runs/${(await runIds(page, url))[0] ?? ''}`;
}
