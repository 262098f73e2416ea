/** TensorFlow for the GPU is installed, but there is no GPU: its driver is broken, or a cluster's other node has it. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Run } from '../../../contract/run.ts';
import { findGpus } from '../../../core/provision/gpu.ts';
import { engineFolder, locateEngine, MANIFEST_FILE } from '../../../core/provision/installation.ts';
import { quorumCommand, quorumJson } from '../../support/quorumCommand.ts';
import { copyFashionImages } from '../../support/fashionImages.ts';

const folder = mkdtempSync(join(tmpdir(), 'quorum-no-gpu-'));
const dataDir = join(folder, 'data');
const pictures = join(folder, 'pictures');
const cacheBefore = process.env['QUORUM_CACHE'];
const engine = locateEngine('cpu');

/** The engine for the CPU, beside one that says it is for the GPU and finds none, as the real one does. */
beforeAll(() => {
  if (!engine) return;
  copyFashionImages(pictures, { classes: ['trouser', 'bag'], images: { train: 8, val: 4 } });
  process.env['QUORUM_CACHE'] = join(folder, 'cache');
  const forCpu = engineFolder('cpu');
  mkdirSync(dirname(forCpu), { recursive: true });
  symlinkSync(engine.folder, forCpu);
  const forGpu = engineFolder('gpu');
  mkdirSync(forGpu);
  for (const name of readdirSync(engine.folder))
    if (name !== MANIFEST_FILE) symlinkSync(join(engine.folder, name), join(forGpu, name));
  const manifest = JSON.parse(readFileSync(join(engine.folder, MANIFEST_FILE), 'utf8')) as object;
  writeFileSync(join(forGpu, MANIFEST_FILE), JSON.stringify({ ...manifest, device: 'gpu' }));
});
afterAll(() => {
  if (cacheBefore === undefined) delete process.env['QUORUM_CACHE'];
  else process.env['QUORUM_CACHE'] = cacheBefore;
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async (context) => {
  if (!engine) context.skip('TensorFlow for the CPU is not installed');
  if ((await findGpus()).gpus.length > 0) context.skip('there is a GPU');
});

const TRAIN = ['train', '--model', 'lenet', '--dataset', 'pictures', '--epochs', '1', '-b', '8'];

test('a run trains on the CPU, and says why', async () => {
  expect(basename(locateEngine('gpu')?.folder ?? '')).toContain('gpu');
  await quorumJson(dataDir, ['dataset', 'import', pictures]);
  expect((await quorumCommand(dataDir, TRAIN)).code).toBe(0);
  const [{ id } = { id: '' }] = (await quorumJson<{ runs: { id: string }[] }>(dataDir, ['runs', 'list'])).runs;
  const { state, device } = await quorumJson<Run>(dataDir, ['runs', 'show', id]);
  expect(state).toBe('finished');
  expect(device).toMatchObject({
    engine: 'tensorflow',
    notice: expect.stringMatching(/^The CPU is used, not the GPU/),
  });
});

test('the GPU asked for by name is an error that says what to do', async () => {
  const { code, stdout } = await quorumCommand(dataDir, [...TRAIN, '--device', 'gpu']);
  expect(code).toBe(1);
  expect(stdout).toMatch(/failed: .*GPU/);
});
