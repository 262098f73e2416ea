/** A host and a terminal on the same data folder. */
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, inject, test } from 'vitest';
import { forkJob } from '../../../../cli/forkJob.ts';
import { createStudio } from '../../../../core/studio/createStudio.ts';
import { exampleCard } from '../../db/examples.ts';
import { temporaryFolder } from '../../db/fixtures.ts';

const CLI = inject('commandLine');
const TRAINER = fileURLToPath(new URL('../jobs/processes/scriptedTrainer.ts', import.meta.url));

test('what the host trains, a terminal sees and leaves alone; when the host is done it may go on with it', async () => {
  const dataDir = temporaryFolder();
  const studio = await createStudio({
    dataDir,
    fork: (entry, { env }) => forkJob(entry, { env: { ...env, TEST_TRAINING: 'wait' } }),
    workerEntry: TRAINER,
  });
  const quorum = (...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
    promisify(execFile)(process.execPath, [CLI, '--data-dir', dataDir, '--json', ...words]).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
  try {
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
    const saved = new Promise<void>((resolve) => {
      studio.runs.subscribe((_, event) => {
        if (event.type === 'checkpointSaved') resolve();
      });
    });
    await studio.runs.start(id);
    await saved;
    expect(JSON.parse((await quorum('runs', 'list')).stdout)).toMatchObject({ runs: [{ id, state: 'training' }] });
    for (const words of [
      ['train', '--resume', id],
      ['runs', 'remove', id],
      ['runs', 'rebuild'],
    ]) {
      const { code, stdout, stderr } = await quorum(...words);
      expect({ words, said: stdout + stderr }).toEqual({
        words,
        said: expect.stringMatching(/run\.inUse|is (being trained|training)/) as unknown,
      });
      expect(code).not.toBe(0);
    }
    await studio.runs.stop(id);
    expect(await studio.runs.wait(id)).toMatchObject({ state: 'stopped' });
    const rebuilt = await quorum('runs', 'rebuild');
    expect(JSON.parse(rebuilt.stdout)).toMatchObject({ runs: 1, points: expect.any(Number) });
    expect((await studio.runs.show(id)).state).toBe('stopped');
  } finally {
    await studio.close();
  }
});
