/**
 * How the studio feels, in numbers, written to test-output/e2e/speed.json: nothing here judges by time, which differs
 * from machine to machine. QUORUM_MEASURE=60 measures a minute each on full-sized data; without it the same is done
 * briefly, to see that it can be.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chromiumPath, NO_CHROMIUM } from './support/chromium.ts';
import { addPredictions, addRuns, writeIdx } from './support/manyRecords.ts';
import { answerTimes, frameTimes, sameSession, smoothness, spreadOf } from './support/measure.ts';
import { queueSmallRuns } from './support/newRun.ts';
import { fewSamples, openTestStudio, SAMPLES, type TestStudio } from './support/studio.ts';

const SECONDS = Number(process.env['QUORUM_MEASURE'] ?? 0);
const FULL = SECONDS > 0;
const MEASURED_MS = FULL ? 1000 * SECONDS : 1000;
/** For looks that need no minute. */
const WATCHED_MS = FULL ? 2000 : 1000;
const RUNS = FULL ? 200 : 12;
const POINTS = FULL ? 10_000 : 1000;
const PICTURES = FULL ? 100_000 : 3000;
const LONG = FULL ? 100_000 : 5000;
const REPORT = join(resolve(import.meta.dirname, '../..'), 'test-output/e2e/speed.json');

const figures: Record<string, unknown> = {
  seconds: MEASURED_MS / 1000,
  runs: RUNS,
  pointsARun: POINTS,
  pictures: PICTURES,
};

function report(name: string, value: unknown): void {
  figures[name] = value;
  mkdirSync(join(REPORT, '..'), { recursive: true });
  writeFileSync(REPORT, `${JSON.stringify(figures, null, 2)}\n`);
  if (FULL) console.log(name, JSON.stringify(value));
}

describe('while a run trains', () => {
  let studio: TestStudio;
  beforeAll(async () => {
    if (chromiumPath() !== null)
      studio = await openTestStudio({
        measured: true,
        prepare: async (_dataDir, quorum) => {
          await quorum('dataset', 'import', join(FULL ? SAMPLES : fewSamples(), 'fashion-mnist-mini'));
        },
      });
  });
  afterAll(async () => {
    if (chromiumPath() !== null) await studio.close();
  });
  beforeEach((context) => {
    if (chromiumPath() === null) context.skip(NO_CHROMIUM);
  });

  test('frames of the window, answers of the host, pauses of its loop', async () => {
    const { page, url, context } = studio;
    await queueSmallRuns(page, url, { epochs: 10_000, name: 'long' });
    await page.getByRole('img', { name: /Loss, accuracy and learning rate/ }).waitFor();
    const run = page.url().split('/').at(-1) ?? '';
    const { client, close } = await sameSession(context, url);
    await studio.hostDelay();
    const [frames, answers] = await Promise.all([
      frameTimes(page, MEASURED_MS),
      answerTimes(
        {
          'home.host': () => client.home.host(),
          'home.summary': () => client.home.summary(),
          'runs.list': () => client.runs.list({}),
          'runs.show': () => client.runs.show({ run }),
          'runs.series': () => client.runs.series({ runs: [{ run }] }),
          'queue.list': () => client.queue.list(),
          'datasets.list': () => client.datasets.list({}),
          'models.list': () => client.models.list(),
          'runs.log': () => client.runs.log({ run }),
        },
        MEASURED_MS,
      ),
    ]);
    const { step, state } = await client.runs.show({ run });
    report('training', {
      state,
      step,
      window: smoothness(frames),
      frames: spreadOf(frames),
      hostPauses: await studio.hostDelay(),
      answers: spreadOf(Object.values(answers).flat()),
      each: Object.fromEntries(Object.entries(answers).map(([name, times]) => [name, spreadOf(times)])),
    });
    await client.runs.stop({ run, kill: true });
    close();
    expect(step).toBeGreaterThan(0);
    expect(frames.length).toBeGreaterThan(10);
    for (const times of Object.values(answers)) expect(times.length).toBeGreaterThan(0);
    expect(JSON.parse(readFileSync(REPORT, 'utf8'))).toHaveProperty('training.hostPauses.max');
  });
});

describe('with much in it', () => {
  let studio: TestStudio;
  let ids: string[] = [];
  let longRun = '';
  beforeAll(async () => {
    if (chromiumPath() === null) return;
    studio = await openTestStudio({
      measured: true,
      async prepare(dataDir, quorum) {
        const folder = join(dataDir, '..', 'idx');
        writeIdx(folder, PICTURES);
        await quorum('dataset', 'import', folder, '--name', 'many');
        ids = await addRuns(dataDir, RUNS, POINTS);
        longRun = (await addRuns(dataDir, 1, LONG, RUNS))[0] ?? '';
        await addPredictions(dataDir, ids.slice(0, 3), 'Three');
      },
    });
  });
  afterAll(async () => {
    if (chromiumPath() !== null) await studio.close();
  });
  beforeEach((context) => {
    if (chromiumPath() === null) context.skip(NO_CHROMIUM);
  });

  test('the table of all runs, and their curves in one chart', async () => {
    const page = await studio.newPage('/settings');
    await page.getByRole('heading', { name: 'Settings' }).waitFor();
    const opened = async (path: string, sign: string): Promise<number> =>
      page.evaluate<number>(`new Promise((done) => {
      const from = performance.now();
      const look = () => (document.querySelector(${JSON.stringify(sign)}) ? requestAnimationFrame(() => done(performance.now() - from)) : requestAnimationFrame(look));
      location.hash = ${JSON.stringify(path)};
      look();
    })`);
    await studio.hostDelay();
    const table = await opened('/runs', '[role=table][aria-label=Runs] [data-row]');
    await opened('/settings', '[aria-label=Theme]');
    const curves = await opened(`/runs/compare?runs=${ids.join(',')}`, `[data-drawn="${RUNS}"]`);
    const hostPauses = await studio.hostDelay();
    const hover = smoothness(await frameTimes(page, WATCHED_MS));
    await studio.shot(page, 'many-curves');
    // the same from nothing, as after a reload
    const cold = await studio.newPage('/runs');
    await cold.getByRole('table', { name: 'Runs' }).getByRole('link').first().waitFor();
    const firstTable = await cold.evaluate<number>('performance.now()');
    await cold.close();
    report('manyRuns', {
      tableMs: Math.round(table),
      curvesMs: Math.round(curves),
      reloadedTableMs: Math.round(firstTable),
      hostPauses,
      idleChart: hover,
    });
    await page.close();
    expect(table).toBeGreaterThan(0);
    expect(curves).toBeGreaterThan(0);
  });

  test('the curves of one long run follow the pointer and the zoom', async () => {
    const page = await studio.newPage(`/runs/${longRun}`);
    const plot = page.getByRole('img', { name: 'Loss', exact: true }).locator('.u-over');
    const box = (await plot.boundingBox())!;
    const moving = async (frames: Promise<number[]>, step: (at: number) => Promise<void>): Promise<number[]> => {
      let over = false;
      const ended = frames.finally(() => {
        over = true;
      });
      for (let at = 0; !over; at++) await step(at);
      return ended;
    };
    const read = await moving(frameTimes(page, WATCHED_MS), (at) =>
      page.mouse.move(box.x + ((at * 7) % box.width), box.y + 40 + (at % 50)),
    );
    // Ctrl and the wheel: every turn draws all curves anew
    await page.keyboard.down('Control');
    const zoomed = await moving(frameTimes(page, WATCHED_MS), (at) => page.mouse.wheel(0, at % 20 < 10 ? -50 : 50));
    await page.keyboard.up('Control');
    report('longRun', { points: LONG, read: smoothness(read), zoomed: smoothness(zoomed) });
    await page.close();
    expect(read.length).toBeGreaterThan(10);
    expect(zoomed.length).toBeGreaterThan(10);
  });

  test('a table of very many predictions scrolls', async () => {
    const page = await studio.newPage('/ensembles');
    const rows = page.getByRole('table', { name: 'Predictions' });
    await page.getByRole('heading', { name: 'Three' }).waitFor();
    await expect.poll(async () => Number(await rows.getAttribute('aria-rowcount'))).toBe(PICTURES + 1);
    await studio.hostDelay();
    const slow = await frameTimes(page, Math.min(MEASURED_MS, 10_000), {
      selector: '[role=table][aria-label=Predictions]',
      pixels: 30,
    });
    const quick = await frameTimes(page, Math.min(MEASURED_MS, 10_000), {
      selector: '[role=table][aria-label=Predictions]',
      pixels: 2000,
    });
    const at = await rows.evaluate((element) => (element as unknown as { scrollTop: number }).scrollTop);
    await page.getByRole('table', { name: 'Predictions' }).getByRole('row').nth(3).getByRole('cell').first().waitFor();
    await studio.shot(page, 'many-predictions');
    report('manyPredictions', {
      rows: PICTURES,
      scrolled: at,
      reading: smoothness(slow),
      flying: smoothness(quick),
      hostPauses: await studio.hostDelay(),
    });
    expect(at).toBeGreaterThan(1000);
    expect(studio.faults).toEqual([]);
  });
});
