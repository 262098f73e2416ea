/**
 * The frame around every view: five clicks from nothing to a vote, one filled button, nothing that jumps, the keyboard,
 * the palette, the trash, the strip.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { chromiumPath, NO_CHROMIUM } from './support/chromium.ts';
import { openTestStudio, type TestStudio } from './support/studio.ts';

const VIEWS = [
  '/',
  '/datasets',
  '/datasets/import',
  '/runs',
  '/runs/new',
  '/ensembles',
  '/ensembles/new',
  '/weights',
  '/weights/import',
  '/evaluate',
  '/evaluate/measure',
  '/evaluate/timing',
  '/evaluate/protocols',
  '/settings',
  '/trash',
  '/nowhere',
];
/** Views that are sent as a form. */
const FORMS = [
  '/runs/new',
  '/ensembles/new',
  '/evaluate/measure',
  '/evaluate/timing',
  '/evaluate/protocols',
  '/catalogue/try',
];
const Runs = z.object({ runs: z.array(z.object({ id: z.string() })) });
let studio: TestStudio;
/** The data set that is deleted for good. */
let gone = '';

async function settle(page: Page): Promise<void> {
  await page.getByRole('heading').first().waitFor();
  await expect.poll(() => page.locator('.loading').count()).toBe(0);
  await page.waitForTimeout(300);
}
const filled = (page: Page): Promise<string[]> => page.locator('.btn.filled:visible').allTextContents();

/** What was clicked on the way to the vote. */
const clicks: string[] = [];
/** Clicks the one filled button, once it can be. */
async function next(name: RegExp): Promise<void> {
  const button = studio.page.locator('.btn.filled:visible').filter({ hasText: name });
  await button.and(studio.page.locator(':not(:disabled)')).waitFor();
  clicks.push(((await button.textContent()) ?? '').trim());
  await button.click();
}

describe('the frame', () => {
  beforeAll(async () => {
    if (chromiumPath() !== null) studio = await openTestStudio({ few: true });
  });
  afterAll(async () => {
    if (chromiumPath() !== null) await studio.close();
  });
  beforeEach((context) => {
    if (chromiumPath() === null) context.skip(NO_CHROMIUM);
  });

  test('an empty studio: every screen has one filled button, the next sensible action', async () => {
    const { page, url } = studio;
    const found: Record<string, string[]> = {};
    for (const view of VIEWS) {
      await page.goto(`${url}#${view}`);
      await settle(page);
      const buttons = await filled(page);
      if (buttons.length !== 1) found[view] = buttons;
    }
    expect(found).toEqual({});
  });

  test('the first three clicks from the start: five networks train, and the strip says how far they are, in a small window too', async () => {
    const { page, url } = studio;
    await page.goto(`${url}#/`);
    await next(/Try with sample data/);
    await next(/^ *Train/);
    // a user leaves the epochs as they are; nothing here depends on how good the networks get
    await page.getByLabel('Epochs', { exact: true }).fill('2');
    await next(/Queue 5 runs/);
    await page.getByRole('link', { name: 'Watch' }).waitFor();
    await page.setViewportSize({ width: 1024, height: 700 });
    const strip = page.getByRole('contentinfo', { name: 'What is running' });
    // a short run may end while this looks: each part is waited for, and fewer may be queued by then
    for (const part of [/img\/s/, /left$/, /^CPU \d+ %/, /^[1-4] queued$/]) await strip.getByText(part).waitFor();
    await studio.shot(page, 'frame-strip-1024');
    expect(
      await page.evaluate<boolean>(
        '(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)(document.querySelector("footer.strip"))',
      ),
    ).toBe(true);
    await strip
      .getByTitle(/^Open /)
      .first()
      .click();
    await page.waitForURL(/#\/runs\/r-/);
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  test('back and forward walk places and tabs; the keyboard is never left nowhere', async () => {
    const { page, url } = studio;
    await page.goto(`${url}#/datasets`);
    await page.getByRole('tab', { name: 'Statistics' }).click();
    await page.waitForURL(/\/statistics$/);
    await page.getByRole('link', { name: 'Runs', exact: true }).click();
    await page.getByRole('table', { name: 'Runs' }).getByRole('link').first().click();
    await page.waitForURL(/#\/runs\/r-/);
    await expect.poll(() => page.evaluate('document.activeElement?.tagName')).toBe('MAIN');
    await page.goBack();
    await page.goBack();
    await page.waitForURL(/\/statistics$/);
    expect(await page.getByRole('tab', { name: 'Statistics' }).getAttribute('aria-selected')).toBe('true');
    await page.goForward();
    await page.getByRole('heading', { name: 'Runs' }).waitFor();
  });

  test('a data set goes into the trash, is listed there, comes back, and goes for good', async () => {
    const { page, url, quorum } = studio;
    await page.goto(`${url}#/datasets/import`);
    await page.getByRole('button', { name: 'Noto emoji' }).click();
    await page.waitForURL(/#\/datasets\/d-/);
    const address = page.url();
    gone = /\/datasets\/(d-[^/]+)/.exec(address)?.[1] ?? '';
    const remove = async (): Promise<void> => {
      await page.getByRole('button', { name: 'Delete this data set' }).click();
      // it can be restored at once; no other set's button comes under the pointer
      await page.getByRole('button', { name: 'Restore', exact: true }).waitFor();
      expect(await page.getByRole('button', { name: 'Delete this data set' }).count()).toBe(0);
      await page.getByRole('link', { name: 'Trash, 1 data set' }).click();
    };
    await remove();
    const trash = page.getByRole('region', { name: 'Data sets in the trash' });
    await trash.getByText('Noto emoji').waitFor();
    await studio.shot(page, 'frame-trash');
    await page.goto(address);
    await page.getByText('“Noto emoji in 8 groups” is in the trash').first().waitFor();
    await page.getByRole('button', { name: 'Restore', exact: true }).click();
    await page.getByRole('heading', { name: 'Noto emoji' }).waitFor();
    await remove();
    await trash.getByRole('button', { name: 'Delete Noto emoji in 8 groups for good' }).click();
    await trash.getByRole('button', { name: 'Really delete Noto emoji in 8 groups for good' }).click();
    await page.getByText('The trash is empty').waitFor();
    expect(
      (JSON.parse(await quorum('--json', 'dataset', 'list')) as { datasets: { name: string }[] }).datasets.map(
        ({ name }) => name,
      ),
    ).toEqual(['Fashion-MNIST mini']);
  });

  test('the fourth and the fifth: they vote; each click was on the one filled button of its screen', async () => {
    const { page, url } = studio;
    await page.goto(`${url}#/runs`);
    await next(/Predict & vote/);
    await next(/Predict & vote/);
    await page.getByRole('button', { name: 'Export CSV' }).waitFor();
    expect(clicks).toEqual(['Try with sample data', 'Train', 'Queue 5 runs', 'Predict & vote', 'Predict & vote']);
  });

  test('nothing jumps while data arrive, at the first look at a view', async () => {
    // the runs have ended: what arrives is what the host has
    const { page, url } = studio;
    const jumps: Record<string, number> = {};
    for (const view of ['/', '/datasets', '/runs', '/runs/new', '/ensembles', '/evaluate', '/settings']) {
      // a page that has seen nothing yet
      await page.goto(`${url}#/nowhere`);
      await page.reload();
      await settle(page);
      await page.evaluate(
        'window.shift = 0; new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.shift += entry.value; }).observe({ type: "layout-shift" })',
      );
      await page.goto(`${url}#${view}`);
      await settle(page);
      const shift = await page.evaluate<number>('window.shift');
      if (shift > 0.03) jumps[view] = shift;
    }
    expect(jumps).toEqual({});
  });

  test('a studio with everything: one filled button a screen still', async () => {
    const { page, url } = studio;
    const found: Record<string, string[]> = {};
    for (const view of VIEWS) {
      await page.goto(`${url}#${view}`);
      await settle(page);
      const buttons = await filled(page);
      if (buttons.length !== 1) found[view] = buttons;
    }
    expect(found).toEqual({});
  });

  test('while the host answers slowly, a button that sends a form is never there without it', async () => {
    const { url, quorum } = studio;
    const { runs } = Runs.parse(JSON.parse(await quorum('--json', 'runs', 'list')));
    const ids = runs.map(({ id }) => id);
    const page = await studio.slowPage(50);
    const lost = new Set<string>();
    for (const view of [...FORMS, `/runs/new?from=${ids[0]}`, `/ensembles/new?runs=${ids.join(',')}`]) {
      // what every page has is here, what this view alone asks for is not
      await page.goto(`${url}#/nowhere`);
      await page.reload();
      await settle(page);
      await page.evaluate(`window.lost = [];
        const look = () => {
          for (const button of document.querySelectorAll('button[type="submit"]:enabled'))
            if (button.form === null) window.lost.push(location.hash + ': ' + button.textContent.trim());
          requestAnimationFrame(look);
        };
        look();`);
      await page.goto(`${url}#${view}`);
      await settle(page);
      for (const button of await page.evaluate<string[]>('window.lost')) lost.add(button);
    }
    expect([...lost]).toEqual([]);
    await page.close();
  });

  test('the palette finds settings, records and what the open place offers', async () => {
    const { page, url } = studio;
    const pick = async (words: string, option: RegExp): Promise<void> => {
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox', { name: 'Search commands' }).fill(words);
      await page.getByRole('option', { name: option }).first().click();
    };
    await page.goto(`${url}#/`);
    await pick('theme light', /Theme: light/);
    await page.locator('.v-theme--light').first().waitFor();
    await pick('theme dark', /Theme: dark/);
    await page.locator('.v-theme--dark').first().waitFor();
    await pick('vgg16_c1', /^Run.*vgg16_c1/);
    await page.waitForURL(/#\/runs\/r-/);
    await pick('log this', /Log of this run/);
    await page.waitForURL(/\/log$/);
    await pick('export predictions', /Export the predictions of/);
    await page.getByRole('dialog', { name: 'Export CSV' }).waitFor();
    await page.keyboard.press('Escape');
    await pick('crop sizes', /Evaluate: crop sizes/);
    await page.waitForURL(/evaluate\/sizes/);
  });

  test('every place is one click away; how quickly, and the first paint, are printed', async () => {
    const page = await studio.newPage('/');
    await settle(page);
    const paint = await page.evaluate<number>('performance.getEntriesByName("first-contentful-paint")[0].startTime');
    const times: Record<string, number> = {};
    for (const place of ['Data sets', 'Runs', 'Ensembles', 'Weights', 'Evaluate', 'Settings', 'Home']) {
      times[place] = await page.evaluate<number>(`new Promise((done, fail) => {
        const from = performance.now();
        const look = () => {
          const shown = document.querySelector('h1')?.textContent, ms = performance.now() - from;
          if (shown === ${JSON.stringify(place)}) done(ms);
          else if (ms > 20000) fail(new Error('not ${place} but ' + shown));
          else requestAnimationFrame(look);
        };
        [...document.querySelectorAll('nav.rail a')].find((a) => a.getAttribute('aria-label') === ${JSON.stringify(place)}).click();
        look();
      })`);
      // a list goes on to its first record
      await settle(page);
      await page.waitForTimeout(500);
    }
    console.log(
      `first paint ${paint.toFixed(0)} ms; navigation ${Object.entries(times)
        .map(([place, ms]) => `${place} ${ms.toFixed(0)}`)
        .join(', ')} ms`,
    );
    expect(paint).toBeGreaterThan(0);
    for (const [place, ms] of Object.entries(times)) expect(ms, place).toBeGreaterThan(0);
    await page.close();
  });

  test('no page ever reported an error', () => {
    // pictures that were on their way when their set went
    expect(
      studio.faults.filter((fault) => !(fault.includes(' 404 ') && fault.includes(`/media/datasets/${gone}/`))),
    ).toEqual([]);
  });
});
