import { fileURLToPath } from 'node:url';
import { mkdirSync } from 'node:fs';
import { afterEach, expect, test, vi } from 'vitest';
import { forkJob } from '../../../../cli/forkJob.ts';
import { createStudio, type Studio } from '../../../../core/studio/createStudio.ts';
import type { RunMessage } from '../../../../core/studio/training/runMessage.ts';
import { USUAL_PATIENCE, Watchdog } from '../../../../core/studio/training/watchdog.ts';
import { DEVICE, exampleCard } from '../../db/examples.ts';
import { temporaryFolder } from '../../db/fixtures.ts';

const ENTRY = fileURLToPath(new URL('../jobs/processes/scriptedTrainer.ts', import.meta.url));
const open: Studio[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const studio of open.splice(0)) await studio.close();
});

test.each([
  ['hang training', /No step was done .* for/, 4, { type: 'stepped', step: 7 }],
  ['hang saving', /The checkpoint was not written for/, 4, { type: 'saving', step: 8 }],
  ['hang preparing', /No image was decoded for/, 0, { type: 'preparing', stage: 'pack' }],
])(
  'a process stopped in its tracks (%s) is ended, named, and can go on from its last checkpoint',
  async (how, finding, kept, last) => {
    let mode = how;
    const studio = await createStudio({
      dataDir: temporaryFolder(),
      fork: (entry, { env }) => forkJob(entry, { env: { ...env, TEST_TRAINING: mode } }),
      workerEntry: ENTRY,
    });
    open.push(studio);
    const card = exampleCard();
    await studio.context.datasets.save(card);
    mkdirSync(studio.paths.datasetDir(card.id), { recursive: true });
    const { id } = await studio.runs.create({ model: { name: 'vgg11' }, dataset: card.id, epochs: 3, batchSize: 16 });
    const { patience } = studio.context.supervision;
    const usual = { ...patience };
    const unsubscribe = studio.runs.subscribe((_, message) => {
      // only now, so that a process on a busy machine is not reported as hung
      if (Object.entries(last).every(([key, value]) => message[key as keyof RunMessage] === value))
        Object.assign(patience, { leastMs: 500, times: 2, savingMs: 500, preparingMs: 500, graceMs: 200 });
    });
    await studio.runs.start(id);
    const run = await studio.runs.wait(id);
    unsubscribe();
    Object.assign(patience, usual);
    expect(run).toMatchObject({
      state: 'hung',
      reason: expect.stringMatching(finding),
      error: { code: 'run.hung', remedy: expect.stringContaining('--resume') },
    });
    expect((await studio.context.leases.heldRuns()).size).toBe(0);
    const checkpoints = await studio.context.checkpoints.list(id);
    expect(checkpoints.at(-1)?.step ?? 0).toBe(kept);
    mode = 'finish';
    await (kept > 0 ? studio.runs.resume(id) : studio.runs.startOrResume(id));
    expect(await studio.runs.wait(id)).toMatchObject({ state: 'finished', error: null, step: 12 });
  },
);

/** What a watchdog says about messages at these seconds, looked at until `until`. */
function watched(
  until: number,
  messages: readonly (readonly [at: number, message: RunMessage])[],
  processorWaitMs?: () => number,
): string[] {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  const said: string[] = [];
  const dog = new Watchdog(USUAL_PATIENCE, (finding) => said.push(finding), processorWaitMs);
  let now = 0;
  for (const [at, message] of [...messages, [until, null] as const]) {
    vi.advanceTimersByTime(1000 * (at - now));
    now = at;
    if (message) dog.hear(message);
  }
  dog.close();
  return said;
}

const started: RunMessage = {
  type: 'started',
  device: DEVICE,
  stepsPerEpoch: 10,
  totalSteps: 100,
  step: 0,
  parameters: 1,
  secondsToFirstStep: 3,
};
const stepped: RunMessage = { type: 'stepped', step: 1, epoch: 0.1, imagesPerSec: 1, secondsLeft: 1, points: [] };

test('the building of the network may take any time; after that a minute of silence is too much', () => {
  expect(watched(7200, [])).toEqual([]);
  expect(
    watched(7200, [
      [7000, started],
      [7001, stepped],
      [7055, stepped],
    ]),
  ).toEqual([]);
  expect(
    watched(110, [
      [10, started],
      [11, stepped],
    ]),
  ).toEqual([expect.stringContaining('No step was done')]);
});

test('slow steps have ten times as long as the longest lately', () => {
  const slow: (readonly [number, RunMessage])[] = [
    [10, started],
    [60, stepped],
    [110, stepped],
  ];
  expect(watched(600, slow)).toEqual([]);
  expect(watched(615, slow)).toHaveLength(1);
});

test('a checkpoint may take ten minutes', () => {
  const saving: (readonly [number, RunMessage])[] = [
    [10, started],
    [11, stepped],
    [12, { type: 'saving', step: 1 }],
  ];
  expect(watched(600, saving)).toEqual([]);
  expect(watched(620, saving)).toEqual([expect.stringContaining('checkpoint')]);
});

test('time in which other programs had the processors does not count', () => {
  const training: (readonly [number, RunMessage])[] = [
    [10, started],
    [12, stepped],
  ];
  // looked at every two seconds
  expect(watched(3600, training, () => 1990)).toEqual([]);
  expect(watched(120, training, () => 1000)).toEqual([]);
  expect(watched(140, training, () => 1000)).toHaveLength(1);
});
