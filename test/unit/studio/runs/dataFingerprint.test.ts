import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { forkJob } from '../../../../cli/forkJob.ts';
import { readIndex } from '../../../../core/data/set/datasetIndex.ts';
import { createStudio, type Studio } from '../../../../core/studio/createStudio.ts';
import { noTensorFlow } from '../../../support/engines.ts';
import { copyFashionImages } from '../../../support/fashionImages.ts';
import { LENET } from '../../../support/lenet.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

describe.skipIf(noTensorFlow !== null)('pictures left out after a run was made', () => {
  let studio: Studio;
  let folder = '';
  let runId = '';
  let picture = '';
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'quorum-fingerprint-'));
    studio = await createStudio({ dataDir: join(folder, 'data'), fork: forkJob });
    copyFashionImages(join(folder, 'images'), { images: { train: 4, val: 2 } });
    const card = await studio.datasets.import({ path: join(folder, 'images'), name: 'images' });
    picture = readIndex(studio.paths.datasetDir(card.id)).splits.val?.paths[0] ?? '';
    ({ id: runId } = await studio.runs.create({
      model: LENET,
      dataset: card.id,
      preprocessing: { size: 32 },
      batchSize: 16,
      epochs: 1,
      limit: { train: 32, val: 16 },
      device: 'cpu',
    }));
    await studio.runs.start(runId);
    await studio.runs.wait(runId);
  });
  afterAll(async () => {
    await studio.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('the run keeps what it was made for; it does not go on with other pictures, and does again when they are back', async () => {
    const { spec } = await studio.runs.show(runId);
    expect(spec.dataFingerprint).toBe(spec.datasetFingerprint);
    await studio.datasets.overlay('images', [{ split: 'val', path: picture, exclude: true }]);
    await expect(studio.runs.resume(runId)).rejects.toMatchObject({
      code: 'dataset.changed',
      message: expect.stringContaining('left out or relabelled'),
      remedy: expect.stringContaining('Take these changes back'),
    });
    const waiting = await studio.runs.create({ ...spec, preprocessing: { size: 32 }, name: 'queued with it' });
    expect(waiting.spec.dataFingerprint).not.toBe(spec.datasetFingerprint);
    await studio.datasets.overlay('images', null);
    await expect(studio.runs.start(waiting.id)).rejects.toMatchObject({ code: 'dataset.changed' });
    await studio.runs.resume(runId);
    expect(await studio.runs.wait(runId)).toMatchObject({ state: 'finished', error: null });
  });

  test('predictions say what the data held, and are not used again for other pictures', async () => {
    const predict = async () =>
      studio.evaluations.predict({ network: { kind: 'run', text: runId }, images: { kind: 'split', split: 'val' } });
    const first = await predict();
    expect(await predict()).toEqual(first);
    await studio.datasets.overlay('images', [{ split: 'val', path: picture, exclude: true }]);
    const second = await predict();
    expect(second.id).not.toBe(first.id);
    expect(second.dataFingerprint).not.toBe(first.dataFingerprint);
    expect(second.count).toBe(first.count - 1);
    await studio.datasets.overlay('images', null);
    expect(await predict()).toEqual(first);
  });
});
