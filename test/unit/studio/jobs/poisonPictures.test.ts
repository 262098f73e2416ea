import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { forkJob } from '../../../../cli/forkJob.ts';
import { readQuarantine } from '../../../../core/data/set/openDataset.ts';
import { createStudio, type Studio } from '../../../../core/studio/createStudio.ts';
import * as datasetTables from '../../../../core/studio/lookups/datasetTables.ts';
import type { Fork } from '../../../../core/studio/jobs/jobChild.ts';
import { noTensorFlow } from '../../../support/engines.ts';
import { temporaryFolder } from '../../db/fixtures.ts';

const SAMPLE = fileURLToPath(new URL('../../../../resources/samples/noto-emoji/', import.meta.url));
const PRELOAD = new URL('./processes/poisonedFiles.mjs', import.meta.url).href;
const poisoned: Fork = (entry, { env }) => forkJob(entry, { env: { ...env, NODE_OPTIONS: `--import ${PRELOAD}` } });

const open: Studio[] = [];
afterEach(async () => {
  for (const studio of open.splice(0)) await studio.close();
});

async function studioWith(fork: Fork, dataDir = temporaryFolder()): Promise<Studio> {
  const studio = await createStudio({ dataDir, fork, supervision: { patience: { graceMs: 200 } } });
  open.push(studio);
  return studio;
}

/** Shortens the time limits once the file `hanging` is there, so that slow decoding on a busy machine is not a hang. */
function loseHostsPatience(studio: Studio, hanging: string): void {
  const { patience } = studio.context.supervision;
  const { preparingMs } = patience;
  Object.defineProperty(patience, 'preparingMs', { get: () => (existsSync(hanging) ? 500 : preparingMs) });
}

/** Images of each class; enough for several batches of each split. */
const PER_CLASS = 48;

/** Some images of three classes of the sample; `names` are further ones in the first. */
function pictures(...names: string[]): string {
  const folder = join(temporaryFolder(), 'pictures');
  for (const name of ['flags', 'objects', 'animals-nature'])
    for (const file of readdirSync(join(SAMPLE, name)).slice(0, PER_CLASS))
      cpSync(join(SAMPLE, name, file), join(folder, name, file));
  const [one = ''] = readdirSync(join(folder, 'flags'));
  // Bytes behind the picture make it another file.
  for (const name of names)
    writeFileSync(
      join(folder, 'flags', name),
      Buffer.concat([readFileSync(join(folder, 'flags', one)), Buffer.from(name)]),
    );
  return folder;
}

describe('an import over a picture that', () => {
  test('kills the process: it alone is left out, with its reason, and the import goes on', async () => {
    const studio = await studioWith(poisoned);
    const said: string[] = [];
    const root = pictures('crashes.png');
    const card = await studio.datasets.import(
      { path: root, name: 'poisoned' },
      { onLog: (_, text) => said.push(text) },
    );
    expect(readQuarantine(studio.paths.datasetDir(card.id))).toEqual([
      expect.objectContaining({ path: 'flags/crashes.png', reason: 'it crashes the decoder (SIGSEGV)' }),
    ]);
    expect(said).toEqual([expect.stringMatching(/crashes\.png is left out: it crashes the decoder/)]);
    expect(readdirSync(join(studio.paths.dataDir, 'decoding'))).toEqual([]);
  });

  test('was not even reached when the process died: one error, no second process', async () => {
    let processes = 0;
    const studio = await createStudio({
      dataDir: temporaryFolder(),
      workerEntry: fileURLToPath(new URL('./processes/misbehave.ts', import.meta.url)),
      fork: (entry, { env }) => {
        processes++;
        return forkJob(entry, { env: { ...env, TEST_ENDING: 'abort' } });
      },
    });
    open.push(studio);
    await expect(studio.datasets.import({ path: SAMPLE, name: 'none' })).rejects.toMatchObject({
      code: 'run.workerDied',
    });
    expect(processes).toBe(1);
  });
});

describe.skipIf(noTensorFlow !== null)('a training over a picture that', () => {
  const NETWORK = {
    model: { name: 'vgg11', options: { widthFactor: 0.125, headWidth: 32 } },
    batchSize: 16,
    limit: { train: 32, val: 16 },
    device: 'cpu',
  } as const;
  // Another size than the imported one: all pictures are decoded anew, into the packed cache.
  const PACKED = { ...NETWORK, preprocessing: { size: 40 }, epochs: 1 };
  // Parts of the pictures as they are: decoded again in every epoch, by threads of their own.
  const CROPPED = { ...NETWORK, preprocessing: { size: 32 }, limit: {}, epochs: 3, augmentation: { resizedCrop: {} } };

  test.each([
    ['kills the process', 'crashes.png', /it crashes the decoder \(SIGSEGV\)/],
    ['hangs the decoder', 'hangs.png', /the decoder hangs at it/],
  ])(
    '%s while it is packed: it goes on without it by itself, and so does what comes after',
    async (_, name, reason) => {
      const dataDir = temporaryFolder();
      const healthy = await studioWith(forkJob, dataDir);
      const { id: dataset } = await healthy.datasets.import({ path: pictures(name), name: 'poisoned' });
      let processes = 0;
      const hanging = join(temporaryFolder(), 'hanging');
      const studio = await studioWith((entry, { env }) => {
        processes++;
        rmSync(hanging, { force: true });
        return poisoned(entry, { env: { ...env, TEST_HANGING: hanging } });
      }, dataDir);
      loseHostsPatience(studio, hanging);
      const said: string[] = [];
      studio.runs.subscribe((_id, message) => {
        if (message.type === 'log') said.push(message.text);
      });
      const { id } = await studio.runs.create({ ...PACKED, dataset });
      await studio.runs.start(id);
      const run = await studio.runs.wait(id);
      expect(run).toMatchObject({ state: 'finished', error: null, reason: expect.stringMatching(reason) });
      expect(run.reason).toContain(`flags/${name}`);
      expect(said).toEqual(
        expect.arrayContaining([expect.stringMatching(new RegExp(`${name} is left out of the data set from now on`))]),
      );
      expect(readFileSync(join(studio.paths.runDir(id), 'worker.log'), 'utf8')).toContain(`${name} is left out`);
      // The training, the one that looked for the picture, and the one that left it out.
      expect(processes).toBe(3);
      const { changes } = await studio.datasets.overlay('poisoned');
      expect(changes).toEqual([
        { split: expect.any(String), path: `flags/${name}`, exclude: true, refused: expect.stringMatching(reason) },
      ]);
      expect(
        (await datasetTables.quarantine({ directory: studio.paths.datasetDir(dataset), offset: 0, limit: 9 })).pictures,
      ).toEqual([{ split: changes[0]?.split, path: `flags/${name}`, reason: changes[0]?.refused }]);
      if (name === 'hangs.png') return;
      // A new run and a prediction: no process more than each takes.
      const again = await studio.runs.create({ ...PACKED, dataset });
      await studio.runs.start(again.id);
      expect((await studio.runs.wait(again.id)).state).toBe('finished');
      await studio.evaluations.predict({
        network: { kind: 'run', text: again.id },
        images: { kind: 'split', split: 'train' },
      });
      expect(processes).toBe(5);
    },
  );

  test("kills the process in the midst of it: it goes on from the last checkpoint, the run's other pictures as they were, and can be resumed later", async () => {
    const dataDir = temporaryFolder();
    const from = join(dataDir, 'armed');
    const healthy = await studioWith(forkJob, dataDir);
    const { id: dataset } = await healthy.datasets.import({
      path: pictures('crashes.png'),
      name: 'poisoned',
      fractions: { val: 0 },
    });
    let processes = 0;
    const studio = await studioWith((entry, { env }) => {
      processes++;
      return poisoned(entry, { env: { ...env, TEST_POISON_FROM: from } });
    }, dataDir);
    const said: string[] = [];
    const { id } = await studio.runs.create({ ...CROPPED, dataset });
    const stopped: number[] = [];
    studio.runs.subscribe((_id, message) => {
      if (message.type === 'log') said.push(message.text);
      if (message.type === 'checkpointSaved' && message.checkpoint.epoch === 1) writeFileSync(from, '');
      if (message.type === 'epochEnded' && message.epoch === 2) {
        stopped.push(message.step);
        void studio.runs.stop(id);
      }
    });
    await studio.runs.start(id);
    const run = await studio.runs.wait(id);
    const stepsPerEpoch = (run.totalSteps ?? 0) / 3;
    expect(run).toMatchObject({ state: 'stopped', reason: expect.stringContaining('crashes.png') });
    expect(said).toEqual(
      expect.arrayContaining([
        expect.stringMatching(new RegExp(`crashes\\.png is left out .* goes on from step ${stepsPerEpoch}\\.`)),
      ]),
    );
    expect(processes).toBe(3);
    expect(stopped).toEqual([2 * stepsPerEpoch]);
    await studio.runs.resume(id);
    expect(await studio.runs.wait(id)).toMatchObject({
      state: 'finished',
      reason: 'All 3 epochs done.',
      step: 3 * stepsPerEpoch,
      totalSteps: 3 * stepsPerEpoch,
    });
    // Wanted back, it is tried again, and found again.
    await studio.datasets.overlay('poisoned', [{ split: 'train', path: 'flags/crashes.png', exclude: false }]);
    const again = await studio.runs.create({ ...CROPPED, dataset, epochs: 1 });
    await studio.runs.start(again.id);
    expect(await studio.runs.wait(again.id)).toMatchObject({
      state: 'finished',
      reason: expect.stringContaining('crashes.png'),
    });
    expect(await studio.datasets.overlay('poisoned')).toMatchObject({
      changes: [{ path: 'flags/crashes.png', refused: expect.any(String) }],
    });
  });
});
