/** What the host found when it opened the data folder is said in every window, until somebody has read it. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chromiumPath, NO_CHROMIUM } from './support/chromium.ts';
import { fewSamples, openTestStudio, type TestStudio } from './support/studio.ts';

let studio: TestStudio;

describe('a damaged database', () => {
  beforeAll(async () => {
    if (chromiumPath() === null) return;
    studio = await openTestStudio({
      async prepare(dataDir, quorum) {
        await quorum('dataset', 'import', join(fewSamples(), 'fashion-mnist-mini'), '--name', 'kept');
        for (const name of readdirSync(dataDir).filter((file) => file.includes('.db') || file.includes('.sqlite')))
          writeFileSync(join(dataDir, name), 'no database at all'.repeat(100));
      },
    });
  });
  afterAll(async () => {
    if (chromiumPath() !== null) await studio.close();
  });
  beforeEach((context) => {
    if (chromiumPath() === null) context.skip(NO_CHROMIUM);
  });

  test('is said in every window, beside what was saved, and read once for all', async () => {
    const { page } = studio;
    const second = await studio.newPage('/datasets');
    for (const window of [page, second])
      await window
        .getByRole('status', { name: 'About the data folder' })
        .getByText(/The database was damaged.*1 data set/)
        .waitFor();
    await second.getByText('kept').first().waitFor();
    await studio.shot(second, 'opening-notices');
    await page.getByRole('button', { name: 'Understood' }).click();
    for (const window of [page, second])
      await expect.poll(() => window.getByRole('status', { name: 'About the data folder' }).count()).toBe(0);
    await second.reload();
    await second.getByText('kept').first().waitFor();
    expect(await second.getByRole('status', { name: 'About the data folder' }).count()).toBe(0);
    expect(studio.faults).toEqual([]);
  });
});
