/**
 * The user guide in the window: every chapter opens, its links and images lead somewhere. With
 * `QUORUM_GUIDE_IMAGES=FOLDER` the guide's own images are made anew there: `docs/guide/images`.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chromiumPath, NO_CHROMIUM } from './support/chromium.ts';
import { openTestStudio, type TestStudio } from './support/studio.ts';

const IMAGES = process.env['QUORUM_GUIDE_IMAGES'];
/** For text and images that are fetched. */
const PATIENT = { timeout: 20_000 };
let studio: TestStudio;

/** Runs in the page. */
function isLoaded(element: unknown): boolean {
  const { complete, naturalWidth } = element as { complete: boolean; naturalWidth: number };
  return complete && naturalWidth > 0;
}

describe('the guide', () => {
  beforeAll(async () => {
    if (chromiumPath() !== null) studio = await openTestStudio();
  });
  afterAll(async () => {
    if (chromiumPath() !== null) await studio.close();
  });
  beforeEach((context) => {
    if (chromiumPath() === null) context.skip(NO_CHROMIUM);
  });

  test('is one click away; each chapter has its text, its images, and links that lead somewhere', async () => {
    const { page } = studio;
    await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Guide' }).click();
    await page.getByRole('heading', { name: 'User guide' }).waitFor();
    const chapters = page.getByRole('navigation', { name: 'Chapters' }).getByRole('link');
    const targets = new Set<string>();
    for (const chapter of await chapters.all()) {
      await chapter.click();
      await expect.poll(() => chapter.getAttribute('aria-current'), PATIENT).toBe('page');
      const text = page.getByRole('article');
      await text.getByRole('heading', { level: 1 }).waitFor();
      for (const image of await text.getByRole('img').all())
        await expect.poll(() => image.evaluate(isLoaded), PATIENT).toBe(true);
      for (const link of await text.getByRole('link').all()) targets.add((await link.getAttribute('href')) ?? '');
    }
    const known = await Promise.all((await chapters.all()).map((link) => link.getAttribute('href')));
    expect([...targets].filter((target) => target.startsWith('#') && !known.includes(target))).toEqual([]);
    expect(studio.faults).toEqual([]);
  });

  test.skipIf(IMAGES === undefined)(
    'its images are those of today',
    async () => {
      const { page, url } = studio;
      await page.goto(`${url}#/settings`);
      await page.getByRole('group', { name: 'Theme' }).getByRole('button', { name: 'light' }).click();
      await page.setViewportSize({ width: 1280, height: 800 });
      await page.goto(`${url}#/datasets/import`);
      await page.getByRole('button', { name: /fashion-mnist-mini/ }).click();
      await page.getByRole('button', { name: 'Inspect' }).click();
      await page.getByText('train 1,700, val 300, test 500').waitFor();
      await shoot(page, 'import');
      await page.getByRole('button', { name: 'Import 2,500 images' }).click();
      await page.waitForURL(/#\/datasets\/d-/);
      await page.getByText('1,700 images').first().waitFor();
      await shoot(page, 'data-set');
      await page.goto(`${url}#/runs/new`);
      await page.getByText('Memory fits').waitFor();
      await shoot(page, 'new-run');
      await page.getByRole('button', { name: 'Queue 5 runs' }).click();
      await page.waitForURL(/#\/runs$/);
      const finished = page.getByRole('table', { name: 'Runs' }).getByText('Finished');
      await expect.poll(() => finished.count(), { timeout: 600_000 }).toBe(5);
      await shoot(page, 'runs');
      await page
        .getByRole('link', { name: /^vgg13/ })
        .first()
        .click();
      await page.getByRole('img', { name: /Loss, accuracy and learning rate/ }).waitFor();
      await shoot(page, 'run');
      await page.getByRole('tab', { name: 'Confusion' }).click();
      await page.getByRole('list', { name: 'Most confused pairs' }).waitFor();
      await shoot(page, 'confusion');
      await page.getByRole('tab', { name: 'Mistakes' }).click();
      await page.getByText(/^Mistakes, highest loss first: \d/).waitFor();
      await shoot(page, 'mistakes');
      await page.getByRole('link', { name: 'Predict & vote' }).click();
      await page.getByRole('button', { name: 'Predict & vote' }).click();
      await page.getByRole('button', { name: 'Export CSV' }).waitFor({ timeout: 200_000 });
      await shoot(page, 'vote');
      await page.goto(`${url}#/evaluate/protocols`);
      await page.getByText('caffe-12crop-224').first().waitFor();
      await shoot(page, 'protocols');
      expect(studio.faults).toEqual([]);
    },
    900_000,
  );
});

async function shoot(page: Page, name: string): Promise<void> {
  await mkdir(IMAGES ?? '', { recursive: true });
  await page.waitForTimeout(400);
  // where things lie is the test machine's own business
  const mask = [page.locator('.crumbs'), page.locator('dd.mono'), page.locator('.head .mono')];
  await page.screenshot({ path: join(IMAGES ?? '', `${name}.png`), mask, maskColor: '#dfe3e8' });
}
