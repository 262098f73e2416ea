import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { forkJob } from '../../../../cli/forkJob.ts';
import { createDatasetRepository } from '../../../../core/db/datasetRepository.ts';
import { openDatabase } from '../../../../core/db/open.ts';
import { createStudio, type Studio } from '../../../../core/studio/createStudio.ts';
import type { Fork } from '../../../../core/studio/jobs/jobChild.ts';
import { exampleCard } from '../../db/examples.ts';
import { temporaryFolder } from '../../db/fixtures.ts';

const ENTRY = fileURLToPath(new URL('../jobs/processes/scriptedTrainer.ts', import.meta.url));
const REQUEST = { model: { name: 'vgg11' }, dataset: exampleCard().id, epochs: 3, batchSize: 16 };
const open: Studio[] = [];
afterEach(async () => {
  for (const studio of open.splice(0)) await studio.close();
});

async function studioWith(how: string, dataDir = temporaryFolder()): Promise<Studio> {
  const fork: Fork = (entry, { env }) => forkJob(entry, { env: { ...env, TEST_TRAINING: how } });
  const studio = await createStudio({ dataDir, fork, workerEntry: ENTRY });
  open.push(studio);
  return studio;
}

/** A data set's card without its pictures: the scripted trainer reads none. */
async function addCard(studio: Studio, change = {}): Promise<void> {
  const card = exampleCard(change);
  const { db, close } = await openDatabase(studio.paths.database);
  await createDatasetRepository(db).save(card);
  await close();
  mkdirSync(studio.paths.datasetDir(card.id), { recursive: true });
}

async function train(studio: Studio): Promise<string> {
  const { id } = await studio.runs.create(REQUEST);
  await studio.runs.start(id);
  return id;
}

test('a run from its request to its end: frozen spec, states, metrics, checkpoints', async () => {
  const studio = await studioWith('finish');
  await addCard(studio);
  const heard: string[] = [];
  studio.runs.subscribe((_id, event) => heard.push(event.type));
  const id = await train(studio);
  expect(await studio.runs.wait(id)).toMatchObject({
    state: 'finished',
    reason: 'All epochs done.',
    step: 12,
    totalSteps: 12,
    bestEpoch: 2,
    best: { 'val/loss': 0.1, 'val/top1': 0.9 },
    last: { 'val/loss': 1 },
    device: { name: 'Test processor' },
  });
  const details = await studio.runs.show(id);
  expect(details.checkpoints.map(({ seq, isBest }) => [seq, isBest])).toEqual([
    [1, false],
    [2, true],
    [3, false],
  ]);
  expect(JSON.parse(readFileSync(join(details.directory, 'spec.json'), 'utf8'))).toEqual(details.spec);
  const losses = await studio.runs.metrics(id, { names: ['train/batchLoss'] });
  expect(losses).toHaveLength(12);
  expect(losses[1]).toMatchObject({ step: 2, value: null, kind: 'nan' });
  expect(heard.filter((type) => type === 'stepped')).toHaveLength(12);
  expect(heard.at(-1)).toBe('finished');
  expect(structuredClone(details)).toEqual(details);
});

test('a process that is killed leaves an interrupted run; resuming repeats no step and loses none', async () => {
  const dataDir = temporaryFolder();
  const studio = await studioWith('crash', dataDir);
  await addCard(studio);
  const id = await train(studio);
  expect(await studio.runs.wait(id)).toMatchObject({ state: 'interrupted', error: { code: 'run.workerDied' } });
  await studio.close();
  open.splice(0);

  const again = await studioWith('finish', dataDir);
  expect((await again.runs.metrics(id, { names: ['train/batchLoss'] })).at(-1)?.step).toBeGreaterThanOrEqual(4);
  await again.runs.resume(id);
  expect(await again.runs.wait(id)).toMatchObject({ state: 'finished', error: null, step: 12 });
  expect((await again.runs.metrics(id, { names: ['train/batchLoss'] })).map((point) => point.step)).toEqual([
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
  ]);
});

test('stop lets the step finish; the run can be continued', async () => {
  const studio = await studioWith('wait');
  await addCard(studio);
  const id = await train(studio);
  await new Promise<void>((resolve) => {
    studio.runs.subscribe((_id, event) => {
      if (event.type === 'checkpointSaved') resolve();
    });
  });
  await studio.runs.stop(id);
  expect(await studio.runs.wait(id)).toMatchObject({
    state: 'stopped',
    reason: expect.stringMatching(/^Stopped after step/),
  });
});

test('divergence is a state of its own', async () => {
  const studio = await studioWith('diverge');
  await addCard(studio);
  expect(await studio.runs.wait(await train(studio))).toMatchObject({
    state: 'diverged',
    reason: 'The loss became NaN at step 6.',
  });
});

test('two windows never train the same run', async () => {
  const dataDir = temporaryFolder();
  const first = await studioWith('wait', dataDir);
  const second = await studioWith('wait', dataDir);
  await addCard(first);
  const id = await train(first);
  await new Promise<void>((resolve) => {
    first.runs.subscribe((_id, event) => {
      if (event.type === 'checkpointSaved') resolve();
    });
  });
  await expect(second.runs.resume(id)).rejects.toMatchObject({
    code: 'run.inUse',
    message: expect.stringContaining(String(process.pid)),
  });
  await expect(second.runBook.delete(id)).rejects.toMatchObject({ code: 'run.inUse' });
  await expect(first.datasets.remove('Shapes')).rejects.toMatchObject({ code: 'dataset.inUse' });
  await first.runs.stop(id);
  await first.runs.wait(id);
  await second.runBook.delete(id);
  await expect(first.runs.show(id)).rejects.toMatchObject({ code: 'run.notFound' });
  expect(existsSync(first.paths.runDir(id))).toBe(false);
});

test('a run whose program is gone is found as interrupted', async () => {
  const dataDir = temporaryFolder();
  const studio = await studioWith('finish', dataDir);
  await addCard(studio);
  const { id } = await studio.runs.create(REQUEST);
  const { db, close } = await openDatabase(studio.paths.database);
  await db.updateTable('runs').set({ state: 'training' }).where('id', '=', id).execute();
  await close();
  expect(await (await studioWith('finish', dataDir)).runs.show(id)).toMatchObject({
    state: 'interrupted',
    reason: expect.stringMatching(/--resume/),
  });
});

test('a changed or removed data set stops a run before it starts', async () => {
  const studio = await studioWith('finish');
  await addCard(studio);
  const { id } = await studio.runs.create(REQUEST);
  await addCard(studio, { fingerprint: 'other' });
  await expect(studio.runs.start(id)).rejects.toMatchObject({ code: 'dataset.changed' });
  await expect(studio.datasets.remove('Shapes', { force: true })).rejects.toMatchObject({ code: 'dataset.inUse' });
  await studio.runBook.delete(id);
  await studio.datasets.remove('Shapes');
  await expect(studio.runs.create(REQUEST)).rejects.toMatchObject({ code: 'dataset.notFound' });
});

test('what cannot be resumed says why', async () => {
  const studio = await studioWith('finish');
  await addCard(studio);
  const { id } = await studio.runs.create(REQUEST);
  await expect(studio.runs.resume(id)).rejects.toMatchObject({ code: 'run.noCheckpoint' });
  await expect(studio.runs.resume('r-none')).rejects.toMatchObject({ code: 'run.notFound' });
  await studio.runs.start(id);
  await studio.runs.wait(id);
  await expect(studio.runs.start(id)).rejects.toMatchObject({ code: 'input.invalid' });
});
