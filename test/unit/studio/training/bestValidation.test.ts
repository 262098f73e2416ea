/** What a run says of the validation images at its best epoch is kept, and is what predicting them again would say. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { forkJob } from '../../../../cli/forkJob.ts';
import { readProbabilities } from '../../../../core/evaluate/probabilityFile.ts';
import { createStudio, type Studio } from '../../../../core/studio/createStudio.ts';
import { noTensorFlow } from '../../../support/engines.ts';
import { LENET } from '../../../support/lenet.ts';
import { copyFashionImages } from '../../../support/fashionImages.ts';

const folder = mkdtempSync(join(tmpdir(), 'quorum-validation-'));
let studio: Studio;
let dataset: string;

beforeAll(async () => {
  studio = await createStudio({ dataDir: join(folder, 'data'), fork: forkJob });
  copyFashionImages(join(folder, 'images'), { images: { train: 30 } });
  const card = await studio.datasets.import({
    path: join(folder, 'images'),
    fractions: { val: 0.05, test: 0, seed: 0 },
  });
  dataset = card.id;
}, 180_000);
afterAll(async () => {
  await studio.close();
  rmSync(folder, { recursive: true, force: true });
});

async function trained(change: object = {}): Promise<string> {
  const { id } = await studio.runs.create({
    model: LENET,
    dataset,
    epochs: 2,
    batchSize: 64,
    lr: 1e-3,
    limit: { train: 192 },
    ...change,
  });
  await studio.runs.start(id);
  expect(await studio.runs.wait(id)).toMatchObject({ state: 'finished' });
  return id;
}

test.skipIf(noTensorFlow)(
  'the best epoch’s validation is there at once, and equal to a prediction',
  async () => {
    const run = await trained();
    const heldBack = (await studio.datasets.list()).datasets[0]!.splits.val!.count;
    const [kept, ...others] = await studio.evaluations.predictions({ kind: 'run', text: run });
    expect(others).toEqual([]);
    const { checkpoints } = await studio.runs.show(run);
    const best = checkpoints.find(({ isBest }) => isBest)!;
    expect(kept).toMatchObject({
      checkpointSeq: best.seq,
      images: { kind: 'split', datasetId: dataset, split: 'val' },
      count: heldBack,
      classes: 10,
      top1: best.metrics['val/top1'],
    });
    // it is taken where the same is asked for
    const request = { network: { kind: 'run', text: run }, images: { kind: 'split', split: 'val' } } as const;
    expect((await studio.evaluations.predict(request)).id).toBe(kept!.id);
    const again = await studio.evaluations.predict({ ...request, reuse: false });
    const [ours, theirs] = [await readProbabilities(kept!.path), await readProbabilities(again.path)];
    expect(ours.index.paths).toEqual(theirs.index.paths);
    expect(ours.index.labels).toEqual(theirs.index.labels);
    const furthest = ours.probabilities.reduce(
      (most, p, i) => Math.max(most, Math.abs(p - theirs.probabilities[i]!)),
      0,
    );
    expect(furthest).toBeLessThan(1e-5);
  },
  180_000,
);

test.skipIf(noTensorFlow)(
  'a part of the validation split is no prediction of the split',
  async () => {
    const run = await trained({ epochs: 1, limit: { train: 64, val: 20 } });
    expect(await studio.evaluations.predictions({ kind: 'run', text: run })).toEqual([]);
  },
  180_000,
);
