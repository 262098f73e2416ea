/** An archive is chosen in the window, looked into, and imported; a CSV list too. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { chromiumPath, NO_CHROMIUM } from './support/chromium.ts';
import { openTestStudio, SAMPLES, type TestStudio } from './support/studio.ts';

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
      for (const name of CLASSES) cpSync(join(SAMPLES, 'noto-emoji', name), join(pictures, name), { recursive: true });
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
