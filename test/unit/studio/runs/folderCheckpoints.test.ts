/** Checkpoints that a job saved when its host was gone: the folder is the truth, in every way to go on with a run. */
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { forkJob } from '../../../../cli/forkJob.ts';
import { checkpointName, MANIFEST_FILE } from '../../../../contract/weights/checkpointManifest.ts';
import { createStudio, type Studio } from '../../../../core/studio/createStudio.ts';
import { exampleCard } from '../../db/examples.ts';
import { temporaryFolder } from '../../db/fixtures.ts';

const TRAINER = fileURLToPath(new URL('../jobs/processes/scriptedTrainer.ts', import.meta.url));

const open: Studio[] = [];
afterEach(async () => {
  for (const studio of open.splice(0)) await studio.close();
});

async function openStudio(dataDir: string): Promise<Studio> {
  const studio = await createStudio({ dataDir, fork: forkJob, workerEntry: TRAINER });
  open.push(studio);
  return studio;
}

/** A run of 12 steps that nobody has heard of, whose folder holds checkpoints of steps 4 and 8. */
async function strandedRun(): Promise<{ studio: Studio; id: string; checkpoints: string }> {
  const studio = await openStudio(temporaryFolder());
  const card = exampleCard();
  await studio.context.datasets.save(card);
  mkdirSync(studio.paths.datasetDir(card.id), { recursive: true });
  const { id } = await studio.runs.create({
    model: { name: 'vgg11' },
    dataset: card.id,
    epochs: 3,
    batchSize: 16,
    device: 'wasm',
  });
  const checkpoints = studio.paths.checkpointsDir(id);
  writeCheckpoint(checkpoints, id, 1);
  writeCheckpoint(checkpoints, id, 2);
  await studio.context.runs.update(id, { state: 'interrupted' });
  return { studio, id, checkpoints };
}

function writeCheckpoint(checkpoints: string, runId: string, epoch: number): void {
  const path = join(checkpoints, checkpointName(epoch));
  mkdirSync(path, { recursive: true });
  const state = JSON.stringify({ bestSeq: 1 });
  writeFileSync(join(path, 'state.json'), state);
  const manifest = {
    schema: 1,
    runId,
    seq: epoch,
    trigger: 'epoch',
    step: 4 * epoch,
    epoch,
    metrics: { 'val/top1': epoch / 10 },
    files: [{ name: 'state.json', sizeBytes: state.length, sha256: '' }],
    engine: 'test',
  };
  writeFileSync(join(path, MANIFEST_FILE), JSON.stringify(manifest));
}

/** Steps that a process computed. */
const stepsOf = async (studio: Studio, id: string): Promise<number[]> =>
  (await studio.runs.metrics(id, { names: ['train/batchLoss'] })).map(({ step }) => step);

test.each(['resume', 'startOrResume'] as const)('%s goes on from the newest whole checkpoint', async (way) => {
  const { studio, id, checkpoints } = await strandedRun();
  await studio.runs[way](id);
  expect(await studio.runs.wait(id)).toMatchObject({ state: 'finished', step: 12 });
  expect(await stepsOf(studio, id)).toEqual([9, 10, 11, 12]);
  expect(readdirSync(checkpoints).filter((name) => name.startsWith('.bad-'))).toEqual([]);
});

test('a start from the beginning is refused while a whole checkpoint lies there', async () => {
  const { studio, id } = await strandedRun();
  await expect(studio.runs.start(id)).rejects.toMatchObject({
    code: 'input.invalid',
    message: expect.stringContaining('8 steps'),
  });
});

test('opening lists them, with the figures of their manifests and the best among them', async () => {
  const { studio, id } = await strandedRun();
  await studio.close();
  const again = await openStudio(open.pop()!.paths.dataDir);
  expect(again.notices).toEqual([]);
  const run = await again.runs.show(id);
  expect(run.checkpoints.map(({ seq, step, isBest }) => [seq, step, isBest])).toEqual([
    [1, 4, true],
    [2, 8, false],
  ]);
  expect(run).toMatchObject({ step: 8, last: { 'val/top1': 0.2 }, best: { 'val/top1': 0.1 } });
});

test('a damaged checkpoint and one of another run are no checkpoints of it', async () => {
  const { studio, id, checkpoints } = await strandedRun();
  writeFileSync(join(checkpoints, checkpointName(2), 'state.json'), '');
  const foreign = join(checkpoints, checkpointName(3));
  cpSync(join(checkpoints, checkpointName(1)), foreign, { recursive: true });
  writeCheckpoint(checkpoints, 'r-other', 3);
  await studio.runs.resume(id);
  await studio.runs.wait(id);
  expect(await stepsOf(studio, id)).toEqual([5, 6, 7, 8, 9, 10, 11, 12]);
  expect(existsSync(foreign)).toBe(true);
});
