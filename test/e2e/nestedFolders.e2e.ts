/** Pictures that lie deeper than class folders do: the page asks what the classes are, and imports what is answered. */
import { cpSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { chromiumPath, NO_CHROMIUM } from './support/chromium.ts';
import { openTestStudio, SAMPLES, type TestStudio } from './support/studio.ts';

let studio: TestStudio;

beforeAll(async () => {
  if (chromiumPath() === null) return;
  studio = await openTestStudio({
    files: true,
    prepare: (dataDir) => {
      for (const [from, to] of [
        ['flags', 'things/flags'],
        ['objects', 'things/objects'],
        ['animals-nature', 'nature/animals'],
      ] as const)
        cpSync(join(SAMPLES, 'noto-emoji', from), join(dirname(dataDir), 'files/nested', to), { recursive: true });
      return Promise.resolve();
    },
  });
});
afterAll(async () => {
  if (chromiumPath() !== null) await studio.close();
});
beforeEach((context) => {
  if (chromiumPath() === null) context.skip(NO_CHROMIUM);
});

test('nested folders are asked about, and the answer is imported', async () => {
  const { page, url } = studio;
  await page.goto(`${url}#/datasets/import`);
  await page.getByLabel('Where to look').selectOption({ label: 'files' });
  await page.getByRole('button', { name: /nested/ }).click();
  await page.getByRole('button', { name: 'Inspect' }).click();
  const found = page.getByRole('region', { name: 'Scan result' });
  await found.getByText(/It is not clear what the classes are/).waitFor();
  await found.getByRole('button', { name: 'Use every folder with images as a class' }).click();
  await found.getByText('things/objects').first().waitFor();
  await studio.shot(page, 'nested');
  await found.getByRole('button', { name: /^Import .* images$/ }).click();
  await page.waitForURL(/#\/datasets\/d-/);
  await page
    .getByRole('button', { name: /nature\/animals/ })
    .first()
    .waitFor();
  expect(studio.faults).toEqual([]);
});
