/** A run is archived from its page and from the table, and taken in again: kept apart, verified, said on its page. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { chromiumPath, NO_CHROMIUM } from './support/chromium.ts';
import { fewSamples, openTestStudio, type TestStudio } from './support/studio.ts';

const SMALL = [
  '--width-factor',
  '0.1',
  '--head-width',
  '16',
  '--limit-train',
  '64',
  '--epochs',
  '1',
  '--device',
  'cpu',
];
let studio: TestStudio;
let run = '';

beforeAll(async () => {
  if (chromiumPath() === null) return;
  studio = await openTestStudio({
    files: true,
    async prepare(_, quorum) {
      await quorum('dataset', 'import', join(fewSamples(), 'noto-emoji'));
      const trained = await quorum('--json', 'train', '--model', 'vgg11', ...SMALL);
      run = z.object({ id: z.string() }).parse(JSON.parse(trained)).id;
    },
  });
});
afterAll(async () => {
  if (chromiumPath() !== null) await studio.close();
});
beforeEach((context) => {
  if (chromiumPath() === null) context.skip(NO_CHROMIUM);
});

test('a run is archived, imported under a free id, and verified to the bit', async () => {
  const { page, url, folder } = studio;
  await page.goto(`${url}#/runs/${run}`);
  await page.getByRole('button', { name: 'Archive this run' }).click();
  const dialog = page.getByRole('dialog', { name: 'Archive runs' });
  await dialog.getByLabel('Format').selectOption('tar.gz');
  await dialog.getByRole('button', { name: 'Archive', exact: true }).click();
  const link = dialog.getByRole('link', { name: /\.tar\.gz$/ });
  await link.waitFor();
  await studio.shot(page, 'travel-archive');
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
  const name = download.suggestedFilename();
  expect(name).toMatch(/\.tar\.gz$/);
  const carried = join(folder, 'files/carried');
  mkdirSync(carried, { recursive: true });
  copyFileSync(await download.path(), join(carried, name));
  await dialog.getByRole('button', { name: 'Done' }).click();

  await page.goto(`${url}#/runs`);
  await page.getByRole('link', { name: 'Import runs' }).click();
  await page.getByLabel('Where to look').selectOption({ label: 'files' });
  await page.getByRole('button', { name: /carried/ }).click();
  await page.getByRole('button', { name: basename(name) }).click();
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  const arrived = page.getByRole('list', { name: 'Imported runs' });
  await arrived.getByText(`Its id was ${run}; this one was free.`).waitFor();
  await arrived.getByText('Its images are those of “noto-emoji”.').waitFor();
  await arrived.getByText(/Verified here: val, \d+ images: equal to the bit, top-1/).waitFor();
  await studio.shot(page, 'travel-import');
  await arrived.getByRole('link').click();
  await page.waitForURL((address) => address.hash.startsWith('#/runs/r-') && !address.hash.endsWith(run));
  await expect
    .poll(() =>
      page
        .getByLabel(/^Notes?/)
        .first()
        .inputValue(),
    )
    .toContain('equal to the bit');
  expect(studio.faults).toEqual([]);
});

test('several runs of the table go into one archive', async () => {
  const { page, url } = studio;
  await page.goto(`${url}#/runs`);
  const rows = page.getByRole('table', { name: 'Runs' }).getByRole('row');
  await rows.nth(1).click({ position: { x: 700, y: 10 } });
  await page.keyboard.press('Control+a');
  await page
    .getByRole('toolbar', { name: 'Actions for the selection' })
    .getByRole('button', { name: 'Archive' })
    .click();
  const dialog = page.getByRole('dialog', { name: 'Archive runs' });
  await dialog.getByText('Archive 2 runs').waitFor();
  await dialog.getByRole('button', { name: 'Archive', exact: true }).press('Enter');
  await dialog.getByRole('link', { name: '2 runs.tar' }).waitFor();
  expect(studio.faults).toEqual([]);
});
