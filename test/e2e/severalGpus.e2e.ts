/** Two pretended GPUs in the window: what they do, which one computes what, one left alone, one chosen for a run. */
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { gpuChoice } from '../../contract/deviceChoice.ts';
import { createLaneRepository, type LaneRepository } from '../../core/db/laneRepository.ts';
import { openDatabase, type OpenDatabase } from '../../core/db/open.ts';
import { pretendedGpu, type PretendedGpus, pretendGpus } from '../support/pretendedGpus.ts';
import { chromiumPath, NO_CHROMIUM } from './support/chromium.ts';
import { openTestStudio, type TestStudio } from './support/studio.ts';

const GPUS = [pretendedGpu(0), pretendedGpu(1, { name: 'Pretended X2' })];
let gpus: PretendedGpus;
let studio: TestStudio;
/** Another program on the same data folder. */
let database: OpenDatabase;
let lanes: LaneRepository;

describe('several GPUs', () => {
  beforeAll(async () => {
    if (chromiumPath() === null) return;
    gpus = pretendGpus(GPUS);
    studio = await openTestStudio();
    database = await openDatabase(join(studio.folder, 'data', 'quorum.sqlite'));
    lanes = createLaneRepository(database.db);
  });
  afterAll(async () => {
    if (chromiumPath() === null) return;
    await database.close();
    await studio.close();
    gpus.remove();
  });
  beforeEach((context) => {
    if (chromiumPath() === null) context.skip(NO_CHROMIUM);
  });

  test('Home, the strip and Settings show what each does, and what another program computes there', async () => {
    const { page } = studio;
    const strip = page.getByRole('contentinfo', { name: 'What is running' });
    await expect.poll(() => strip.textContent()).toContain('0 of 2 GPUs busy');
    await lanes.take([gpuChoice(GPUS[1]!.uuid)], 'another', { runId: null, title: 'an evaluation' }, null);
    await expect.poll(() => strip.textContent(), { timeout: 60_000 }).toContain('1 of 2 GPUs busy');
    const device = page.locator('.panel').filter({ has: page.getByRole('heading', { name: 'Device' }) });
    await expect.poll(() => device.textContent()).toContain('Pretended X2, 10 % · 2 GiB of 8 GiB · 41 °C, computes an');
    await studio.shot(page, 'gpus-home');
    await page.goto(`${studio.url}#/settings`);
    const panel = page.locator('.panel').filter({ has: page.getByRole('heading', { name: 'GPUs and lanes' }) });
    await expect.poll(() => panel.textContent()).toMatch(/1 of 2 GPUs busy.*GPU 0: Pretended X1.*GPU 1: Pretended X2/s);
    await studio.shot(page, 'gpus-settings');
  });

  test('a GPU that is left alone counts no more; the form offers each by name', async () => {
    const { page } = studio;
    await page.goto(`${studio.url}#/settings`);
    await page.getByLabel('Leave GPU 0 alone').check();
    await expect.poll(() => page.getByLabel('What is running').textContent()).toContain('GPU busy');
    await page.getByLabel('Concurrent runs on the CPU').fill('3');
    await page.getByLabel('Concurrent runs on the CPU').press('Tab');
    await expect
      .poll(async () => (await page.getByLabel('Device of new runs').locator('option').allTextContents()).slice(0, 4))
      .toEqual([
        'Auto (best available)',
        'Any GPU',
        'GPU 0: Pretended X1, 8 GiB (left alone)',
        'GPU 1: Pretended X2, 8 GiB',
      ]);
    await page.getByLabel('Device of new runs').selectOption({ label: 'GPU 1: Pretended X2, 8 GiB' });
    await page.reload();
    await expect.poll(() => page.getByLabel('Device of new runs').inputValue()).toBe(gpuChoice(GPUS[1]!.uuid));
    expect(await page.getByLabel('Concurrent runs on the CPU').inputValue()).toBe('3');
    expect(studio.faults).toEqual([]);
  });
});
