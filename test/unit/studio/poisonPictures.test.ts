import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { forkJob } from '../../../cli/forkJob.ts';
import { readQuarantine } from '../../../core/data/openDataset.ts';
import { createStudio, type Studio } from '../../../core/studio/createStudio.ts';
import type { Fork } from '../../../core/studio/jobChild.ts';
import { noTensorFlow } from '../../support/engines.ts';
import { temporaryFolder } from '../db/fixtures.ts';

const SAMPLE = fileURLToPath(new URL('../../../resources/samples/noto-emoji/', import.meta.url));
const PRELOAD = new URL('./processes/poisonedFiles.mjs', import.meta.url).href;
const poisoned: Fork = (entry, { env }) => forkJob(entry, { env: { ...env, NODE_OPTIONS: `--import ${PRELOAD}` } });

const open: Studio[] = [];
afterEach(async () => { for (const studio of open.splice(0)) await studio.close(); });

async function studioWith(fork: Fork, dataDir = temporaryFolder()): Promise<Studio> {
  const studio = await createStudio({ dataDir, fork, supervision: { patience: { preparingMs: 5000, graceMs: 200, leastMs: 20_000, decodingMs: 3000 } } });
  open.push(studio);
  return studio;
}

/** Three classes of the sample; `names` are further pictures in the first. */
function pictures(...names: string[]): string {
  const folder = join(temporaryFolder(), 'pictures');
  for (const name of ['flags', 'objects', 'animals-nature']) cpSync(join(SAMPLE, name), join(folder, name), { recursive: true });
  const [one = ''] = readdirSync(join(folder, 'flags'));
  // Bytes behind the picture make it another file.
  for (const name of names) writeFileSync(join(folder, 'flags', name), Buffer.concat([readFileSync(join(folder, 'flags', one)), Buffer.from(name)]));
  return folder;
}

describe('an import over a picture that', () => {
  test('kills the process: it alone is left out, with its reason, and the import goes on', async () => {
    const studio = await studioWith(poisoned), said: string[] = [], root = pictures('crashes.png');
    const card = await studio.datasets.import({ path: root, name: 'poisoned' }, { onLog: (_, text) => said.push(text) });
    expect(readQuarantine(studio.paths.datasetDir(card.id))).toEqual([expect.objectContaining({ path: 'flags/crashes.png', reason: 'it crashes the decoder (SIGSEGV)' })]);
    expect(said).toEqual([expect.stringMatching(/crashes\.png is left out: it crashes the decoder/)]);
    expect(readdirSync(join(studio.paths.dataDir, 'decoding'))).toEqual([]);
  }, 60_000);

  test('was not even reached when the process died: one error, no second process', async () => {
    let processes = 0;
    const studio = await createStudio({
      dataDir: temporaryFolder(), workerEntry: fileURLToPath(new URL('./processes/misbehave.ts', import.meta.url)),
      fork: (entry, { env }) => { processes++; return forkJob(entry, { env: { ...env, TEST_ENDING: 'abort' } }); },
    });
    open.push(studio);
    await expect(studio.datasets.import({ path: SAMPLE, name: 'none' })).rejects.toMatchObject({ code: 'run.workerDied' });
    expect(processes).toBe(1);
  }, 60_000);
});

describe.skipIf(noTensorFlow !== null)('a training over a picture that', () => {
  test.each([['kills the process', 'crashes.png', /it crashes the decoder \(SIGSEGV\)/], ['hangs the decoder', 'hangs.png', /the decoder hangs at it/]])('%s: it ends after one more try, and names the picture', async (_, name, reason) => {
    const dataDir = temporaryFolder(), healthy = await studioWith(forkJob, dataDir);
    await healthy.datasets.import({ path: pictures(name), name: 'poisoned' });
    let processes = 0;
    const studio = await studioWith((entry, options) => { processes++; return poisoned(entry, options); }, dataDir), said: string[] = [];
    studio.runs.subscribe((_id, message) => { if (message.type === 'log') said.push(message.text); });
    // Another size than the imported one: all pictures are decoded anew.
    const { id } = await studio.runs.create({ model: { name: 'vgg11', options: { widthFactor: 0.125, headWidth: 32 } }, dataset: 'poisoned', preprocessing: { size: 40 }, batchSize: 16, epochs: 1, limit: { train: 32, val: 16 }, device: 'cpu' });
    await studio.runs.start(id);
    const run = await studio.runs.wait(id);
    expect(run).toMatchObject({ state: 'failed', error: { code: 'dataset.changed', message: expect.stringMatching(reason) } });
    expect(run.reason).toContain(`flags/${name}`);
    expect(said.some((text) => text.includes(`${name} is left out`))).toBe(true);
    // The training, the one that looked for the picture, and the one that left it out.
    expect(processes).toBe(3);
  }, 120_000);
});
