/** Reading curves: with the pointer, with keys, a stretch of them, and one among several. */
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { chromiumPath, NO_CHROMIUM } from './support/chromium.ts';
import { addRuns } from './support/manyRecords.ts';
import { fewSamples, openTestStudio, type TestStudio } from './support/studio.ts';

let studio: TestStudio;
let ids: string[] = [];
beforeAll(async () => {
  if (chromiumPath() === null) return;
  studio = await openTestStudio({
    async prepare(dataDir, quorum) {
      await quorum('dataset', 'import', join(fewSamples(), 'fashion-mnist-mini'));
      ids = await addRuns(dataDir, 10, 2000);
    },
  });
});
afterAll(async () => {
  if (chromiumPath() !== null) await studio.close();
});
beforeEach((context) => {
  if (chromiumPath() === null) context.skip(NO_CHROMIUM);
});

test('the curves of a run are read epoch by epoch with the keys, and a dragged stretch fills the chart', async () => {
  const page = await studio.newPage(`/runs/${ids[0]}`);
  const curves = page.getByRole('group', { name: /^Curves/ });
  // before the values are there, the keys stop at other places
  await page.getByText(/^\d+\.\d{4} val$/).waitFor();
  await curves.focus();
  await page.keyboard.press('ArrowLeft');
  await page.getByText('epoch 50.00', { exact: true }).waitFor();
  await page.keyboard.press('ArrowLeft');
  await page.getByText('epoch 49.00', { exact: true }).waitFor();
  await page.keyboard.press('Home');
  await page.getByText('epoch 1.00', { exact: true }).waitFor();

  const plot = page.getByRole('img', { name: 'Loss', exact: true }).locator('.u-over');
  const box = (await plot.boundingBox())!;
  await page.mouse.move(box.x + 0.5 * box.width, box.y + 30);
  await page.getByText('epoch 25.00', { exact: true }).waitFor();
  await studio.shot(page, 'run-curves-read');
  await page.mouse.down();
  await page.mouse.move(box.x + 0.6 * box.width, box.y + 30, { steps: 4 });
  await page.mouse.up();
  const whole = page.getByRole('button', { name: 'Whole run' });
  await whole.waitFor();
  // the middle of what is left
  await page.mouse.move(box.x + 0.5 * box.width, box.y + 40);
  await page.getByText(/^epoch 2[78]\.00$/).waitFor();
  await studio.shot(page, 'run-curves-stretch');
  await whole.click();
  await expect.poll(() => whole.count()).toBe(0);
  await curves.focus();
  await page.keyboard.press('+');
  await whole.waitFor();
  await page.keyboard.press('Escape');
  await expect.poll(() => whole.count()).toBe(0);
  expect(studio.faults).toEqual([]);
  await page.close();
});

test('of several runs the list beside tells the values at the pointer, and the nearest is marked', async () => {
  const page = await studio.newPage(`/runs/compare?runs=${ids.join(',')}`);
  const list = page.getByRole('complementary', { name: 'Runs compared' });
  await list.getByText('Validation, best epoch').waitFor();
  await page.locator('[data-drawn="10"]').waitFor();
  const plot = page.getByRole('img', { name: 'Loss', exact: true }).locator('.u-over');
  const box = (await plot.boundingBox())!;
  for (let down = 0.05; down < 1 && (await list.locator('.near').count()) === 0; down += 0.03)
    await page.mouse.move(box.x + 0.2 * box.width, box.y + down * box.height);
  expect(await list.locator('.near').count()).toBe(1);
  await list.getByText(/^Validation, epoch (9\.9|10\.0)/).waitFor();
  await studio.shot(page, 'compare-curves-read');
  await page.mouse.move(5, 5);
  await list.getByText('Validation, best epoch').waitFor();
  await list.getByRole('checkbox', { name: 'Show run 3' }).uncheck();
  await page.locator('[data-drawn="9"]').waitFor();
  await page.getByRole('tab', { name: 'Parallel coordinates' }).click();
  await page.getByRole('img', { name: /10 runs over/ }).waitFor();
  expect(studio.faults).toEqual([]);
  await page.close();
});
