/**
 * The look of a page in both themes. With `QUORUM_SCREENSHOTS=FOLDER` an image of each in three sizes is left there to
 * look at.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { painted, seriousFindings, WCAG } from './axe.ts';

const SHOTS = process.env['QUORUM_SCREENSHOTS'];
/** A small laptop, a usual screen, a large one. */
const SIZES = [
  { width: 1024, height: 700 },
  { width: 1440, height: 900 },
  { width: 2560, height: 1440 },
] as const;

/** The page follows the theme of the browser, which `inBothThemes` changes. */
export async function followBrowserTheme(page: Page, url: string): Promise<void> {
  await page.goto(`${url}#/settings`);
  await page.getByRole('group', { name: 'Theme' }).getByRole('button', { name: 'System' }).click();
  await page.getByText('TensorFlow').first().waitFor();
}

/** What axe finds: everything in the dark theme, and in the light one what a theme decides: colours. */
export async function inBothThemes(page: Page, name: string): Promise<string[]> {
  const found: string[] = [];
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await page.locator(`.v-theme--${theme}`).first().waitFor();
    found.push(...(await seriousFindings(page, theme === 'dark' ? WCAG : ['color-contrast'])));
    if (SHOTS !== undefined) await shoot(page, SHOTS, `${theme}-${name}`);
  }
  return found;
}

/** `/runs/r-1/curves` is `runs-one-curves`. */
export function placeName(place: string): string {
  const parts = place.split('?')[0]?.split('/').filter(Boolean) ?? [];
  return parts.map((part) => part.replace(/^([rdwe]|ev)-.*/, 'one')).join('-') || 'home';
}

/** The view is there, and nothing loads any more. */
export async function settle(page: Page): Promise<void> {
  await page.getByRole('heading').first().waitFor();
  await expect.poll(() => page.locator('.loading').count()).toBe(0);
  await painted(page);
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
