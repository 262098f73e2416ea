/**
 * A run in several windows: a second one and a reload in the middle of training, and the death of the job process under
 * both.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { DRAWN } from '../../renderer/features/curves/curveSettings.ts';
import { chromiumPath, NO_CHROMIUM } from './support/chromium.ts';
import { queueSmallRuns } from './support/newRun.ts';
import { openTestStudio, type TestStudio } from './support/studio.ts';

const EPOCHS = 12;
const Recorded = z.object({
  state: z.string(),
  reason: z.string().nullable(),
  metrics: z.array(z.object({ name: z.string(), step: z.int(), epoch: z.number() })),
});

let studio: TestStudio;
let second: Page;
let runId = '';

const points = async (page: Page): Promise<number> =>
  Number(
    await page
      .locator('[data-points]')
      .getAttribute('data-points')
      .catch(() => 0),
  );
const recorded = async (): Promise<z.infer<typeof Recorded>> =>
  Recorded.parse(JSON.parse(await studio.quorum('--json', 'runs', 'show', runId)));

describe('a run outlives its process and its windows', () => {
  beforeAll(async () => {
    if (chromiumPath() !== null) studio = await openTestStudio({ few: true });
  });
  afterAll(async () => {
    if (chromiumPath() !== null) await studio.close();
  });
  beforeEach((context) => {
    if (chromiumPath() === null) context.skip(NO_CHROMIUM);
  });

  test('a second window and a reload in the middle of training show the whole curve, then what comes', async () => {
    const { page, url } = studio;
    await page.getByRole('button', { name: 'Try with sample data' }).click();
    await page.waitForURL(/#\/datasets\/d-/);
    await queueSmallRuns(page, url, { epochs: EPOCHS, name: 'survivor' });
    const path = page.url().slice(page.url().indexOf('#') + 1);
    runId = path.replace('/runs/', '');
    await expect.poll(() => points(page)).toBeGreaterThan(8);
    // it stands still until both windows have looked, however long that takes them
    const [job = 0] = studio.jobs();
    process.kill(job, 'SIGSTOP');
    second = await studio.newPage(path);
    await page.reload();
    for (const window of [page, second]) {
      await expect.poll(() => points(window)).toBeGreaterThan(8);
      await window
        .getByRole('main')
        .getByText(/^(Training|Validating)$/)
        .first()
        .waitFor();
    }
    // what both have seen so far goes on in both
    const [here, there] = [await points(page), await points(second)];
    process.kill(job, 'SIGCONT');
    await expect.poll(() => points(page)).toBeGreaterThan(here);
    await expect.poll(() => points(second)).toBeGreaterThan(there);
  });

  test('a job process killed outright is named in every window, with the way on', async () => {
    const { page } = studio;
    await page.getByRole('table', { name: 'Checkpoints' }).waitFor();
    const jobs = studio.jobs();
    expect(jobs).toHaveLength(1);
    for (const pid of jobs) process.kill(pid, 'SIGKILL');
    for (const window of [page, second]) {
      // whether memory ran out is the kernel's word where it can be asked, else a guess that says so
      await window
        .getByRole('main')
        .getByText(/^(Interrupted|Out of memory)$/)
        .first()
        .waitFor();
      await window
        .getByRole('alert')
        .getByText(/The job process (was killed|ran out of memory: .*SIGKILL)/)
        .waitFor();
      await window.getByRole('button', { name: 'Resume from last checkpoint' }).waitFor();
    }
    await studio.shot(page, 'killed');
    expect((await recorded()).state).toMatch(/^(interrupted|outOfMemory)$/);
  });

  test('resumed from the other window it ends as if nothing had been, every epoch once', async () => {
    const { page } = studio;
    await second.getByRole('button', { name: 'Resume from last checkpoint' }).click();
    for (const window of [page, second]) await window.getByText(`All ${EPOCHS} epochs done.`).waitFor();
    const { metrics, state } = await recorded();
    expect(state).toBe('finished');
    expect(metrics.filter(({ name }) => name === 'val/loss').map(({ epoch }) => epoch)).toEqual(
      Array.from({ length: EPOCHS }, (_, i) => i + 1),
    );
    const fresh = await studio.newPage(`/runs/${runId}`);
    const drawn = metrics.filter(({ name }) => DRAWN.includes(name)).length;
    await expect.poll(() => points(fresh)).toBe(drawn);
    for (const window of [page, second]) await expect.poll(() => points(window)).toBe(drawn);
    await fresh.close();
    expect(studio.faults).toEqual([]);
  });
});
