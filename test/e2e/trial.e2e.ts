/**
 * An afternoon in the window: notes are typed, forms begun, the page reloaded, the connection cut, the host stopped and
 * started again while a run trains; nothing is lost. One round with `QUORUM_SLOW=1`; `QUORUM_TRIAL_MINUTES=120` with it
 * goes on for two hours.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { chromiumPath, NO_CHROMIUM } from './support/chromium.ts';
import { queueSmallRuns } from './support/newRun.ts';
import { openTestStudio, type TestStudio } from './support/studio.ts';

const SLOW = process.env['QUORUM_SLOW'] === '1';
const MINUTES = Number(process.env['QUORUM_TRIAL_MINUTES'] ?? 0);
/** What does not come within this time does not come; a machine may be busy. */
const STEP_MS = 600_000;
/** For a run beside others' work, which it gives way to. */
const TRAINED_MS = 3_600_000;
/** Enough for a run to be interrupted in the middle, quick machines included. */
const EPOCHS = 20;
/** Rounds of a long trial: each takes about half a minute, and a reader's pause. */
const MOST_ROUNDS = 10_000;
const PAUSE_MS = MINUTES > 0 ? 60_000 : 0;
const Runs = z.object({ runs: z.array(z.object({ id: z.string(), state: z.string(), note: z.string() })) });
const Metrics = z.object({ metrics: z.array(z.object({ name: z.string(), epoch: z.number() })) });

let studio: TestStudio;

describe('an afternoon in the window', () => {
  beforeAll(async () => {
    if (chromiumPath() !== null && SLOW) studio = await openTestStudio();
  });
  afterAll(async () => {
    if (chromiumPath() !== null && SLOW) await studio.close();
  });
  beforeEach((context) => {
    if (chromiumPath() === null) context.skip(NO_CHROMIUM);
    if (!SLOW) context.skip('takes long: set QUORUM_SLOW=1');
  });

  test(
    'loses no note, no form and no epoch',
    async () => {
      const { page, url } = studio;
      page.setDefaultTimeout(STEP_MS);
      await page.getByRole('button', { name: 'Try with sample data' }).click();
      await page.waitForURL(/#\/datasets\/d-/, { timeout: STEP_MS });
      const began = Date.now();
      const notes = new Map<string, string>();
      for (let round = 0; round < MOST_ROUNDS && (round === 0 || Date.now() - began < MINUTES * 60_000); round++)
        await oneRound(round, notes, url).catch(async (error: unknown) => {
          await studio.shot(page, 'trial');
          throw error;
        });
      const { runs } = Runs.parse(JSON.parse(await studio.quorum('--json', 'runs', 'list')));
      expect(runs).toHaveLength(notes.size);
      for (const { id, state, note } of runs) {
        expect(state, id).toBe('finished');
        expect(note, id).toBe(notes.get(id));
        const { metrics } = Metrics.parse(JSON.parse(await studio.quorum('--json', 'runs', 'show', id)));
        const epochs = metrics.filter(({ name }) => name === 'val/loss').map(({ epoch }) => epoch);
        expect(epochs, id).toEqual(Array.from({ length: EPOCHS }, (_, i) => i + 1));
      }
      expect(studio.faults.filter((fault) => !UNREACHABLE.test(fault))).toEqual([]);
    },
    (MINUTES + 15) * 60_000,
  );
});

/** What a browser says of a host that is away. */
const UNREACHABLE = /ERR_CONNECTION|WebSocket|Failed to load resource/;

/** A run with a note, a form that is begun, and every way to be interrupted. */
async function oneRound(round: number, notes: Map<string, string>, url: string): Promise<void> {
  const { page } = studio;
  await queueSmallRuns(page, url, { epochs: EPOCHS, name: `round ${round}` });
  const id = page.url().split('/runs/')[1] ?? '';
  const note = `Round ${round}: looks fine so far.`;
  const field = page.getByLabel('Notes', { exact: true });
  await field.fill(note);
  await page.getByText('Saved', { exact: true }).waitFor();
  notes.set(id, note);
  // a reload in the middle of training
  await page.reload();
  await expect.poll(() => field.inputValue()).toBe(note);
  // a form that is begun, left, and found again after the connection was cut
  await page.goto(`${url}#/runs/new`);
  await page.getByLabel('Epochs', { exact: true }).fill(String(17 + round));
  studio.silence(true);
  await page
    .getByText(/Connection to the host lost/)
    .first()
    .waitFor({ timeout: STEP_MS });
  studio.silence(false);
  await page
    .getByText(/Connection to the host lost/)
    .first()
    .waitFor({ state: 'hidden', timeout: STEP_MS });
  await page.goto(`${url}#/`);
  await page.goto(`${url}#/runs/new`);
  await expect.poll(() => page.getByLabel('Epochs', { exact: true }).inputValue()).toBe(String(17 + round));
  // the host is stopped and started again; the page finds it by itself, and the run goes on
  await studio.restart();
  await page
    .getByText(/Connection to the host lost/)
    .first()
    .waitFor({ state: 'hidden', timeout: STEP_MS });
  await expect.poll(() => page.getByLabel('Epochs', { exact: true }).inputValue()).toBe(String(17 + round));
  await page.goto(`${url}#/runs/${id}`);
  const done = page.getByText(`All ${EPOCHS} epochs done.`);
  const resume = page.getByRole('button', { name: /^(Resume|Restart)/ }).first();
  await done.or(resume).first().waitFor({ timeout: TRAINED_MS });
  if (await resume.isVisible()) await resume.click();
  await done.waitFor({ timeout: TRAINED_MS });
  await page.goto(`${url}#/runs/new`);
  await page.getByRole('button', { name: 'Start over' }).click();
  await page.waitForTimeout(PAUSE_MS);
}
