/** An archive is chosen in the window, looked into, and imported; a CSV list and a folder of wide samples too. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { chromiumPath, NO_CHROMIUM } from './support/chromium.ts';
import { GRAY, tiff } from '../unit/data/pictures/tiffBytes.ts';
import { fewSamples, openTestStudio, type TestStudio } from './support/studio.ts';

let studio: TestStudio;
const CLASSES = ['flags', 'objects'] as const;

beforeAll(async () => {
  if (chromiumPath() === null) return;
  studio = await openTestStudio({
    files: true,
    prepare: (dataDir) => {
      const home = join(dirname(dataDir), 'files/packed');
      const pictures = join(home, 'pictures');
      mkdirSync(home, { recursive: true });
      for (const name of CLASSES)
        cpSync(join(fewSamples(), 'noto-emoji', name), join(pictures, name), { recursive: true });
      const made = spawnSync('tar', ['-czf', join(home, 'emoji.tar.gz'), '-C', pictures, '.']);
      if (made.status !== 0) throw new Error(String(made.stderr));
      writeFileSync(
        join(home, 'list.csv'),
        [
          'path,label',
          ...CLASSES.flatMap((name) =>
            readdirSync(join(pictures, name)).map((file) => `pictures/${name}/${file},${name}`),
          ),
        ].join('\n'),
      );
      const heights = join(dirname(dataDir), 'files/heights');
      for (const [label, name] of ['hills', 'plains'].entries()) {
        mkdirSync(join(heights, name), { recursive: true });
        for (let i = 0; i < 6; i += 1) {
          const value = (pixel: number): number => (400 - 300 * label) * Math.sin(pixel / (3 + i)) + 1000;
          writeFileSync(join(heights, name, `${i}.tif`), tiff({ ...GRAY, bits: 32, format: 3, value }));
        }
      }
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

test.each([
  ['emoji.tar.gz', 'unpacked from emoji.tar.gz'],
  ['list.csv', 'list.csv'],
])('%s is looked into and imported', async (file, told) => {
  const { page, url } = studio;
  await page.goto(`${url}#/datasets/import`);
  await page.reload();
  await page.getByLabel('Where to look').selectOption({ label: 'files' });
  await page.getByRole('button', { name: /packed/ }).click();
  await page.getByRole('button', { name: file }).click();
  await page.getByRole('button', { name: 'Inspect' }).click();
  const found = page.getByRole('region', { name: 'Scan result' });
  await found.getByText(told).first().waitFor();
  await found.getByText('flags').first().waitFor();
  await studio.shot(page, `import-${file}`);
  await found.getByRole('button', { name: /^Import .* images$/ }).click();
  await page.waitForURL(/#\/datasets\/d-/);
  await page
    .getByRole('button', { name: /objects/ })
    .first()
    .waitFor();
  expect(studio.faults).toEqual([]);
});

test('which values are black and white is chosen by eye, where the file does not say it', async () => {
  const { page, url } = studio;
  await page.goto(`${url}#/datasets/import`);
  await page.reload();
  await page.getByLabel('Where to look').selectOption({ label: 'files' });
  await page.getByRole('button', { name: /heights/ }).click();
  await page.getByRole('button', { name: 'Inspect' }).click();
  const found = page.getByRole('region', { name: 'Scan result' });
  const range = found.getByRole('group', { name: 'Range of values' });
  await range.getByText('10 sampled training images have samples wider than a byte').waitFor();
  await found.getByText(/12 images cannot be used/).waitFor();
  expect(await range.locator('img').count()).toBeGreaterThanOrEqual(6);
  await studio.shot(page, 'import-range');
  await range.getByRole('button', { name: /^Least and greatest value: 600/ }).click();
  await found.getByText(/10 training images .* values 600\S* to 1\d+.*white \(the least and the greatest/).waitFor();
  expect(await range.getByRole('button', { name: /^Least and greatest/ }).getAttribute('aria-pressed')).toBe('true');
  await studio.shot(page, 'import-range-chosen');
  await found.getByRole('button', { name: 'Import 12 images' }).click();
  await page.waitForURL(/#\/datasets\/d-/);
  await page.locator('img[src*="/thumb"]').first().waitFor();
  await studio.shot(page, 'import-range-imported');
  await page.getByRole('tab', { name: 'Problems' }).click();
  await page
    .getByText(/the least and the greatest value of the training images/)
    .first()
    .waitFor();
  expect(studio.faults).toEqual([]);
});
