/** Runs that are trained on: extended, branched and limited by steps, byte for byte what one training would be. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { checkpointName } from '../../../../contract/weights/checkpointManifest.ts';
import { CheckpointInfo, Run } from '../../../../contract/run.ts';
import { openSafetensors } from '../../../../core/formats/safetensors.ts';
import { quorumCommand, quorumJson } from '../../../support/quorumCommand.ts';
import { copyFashionImages } from '../../../support/fashionImages.ts';

const root = resolve(import.meta.dirname, '../../../..');
const folder = mkdtempSync(join(tmpdir(), 'quorum-train-on-'));
const dataDir = join(folder, 'data');
const SMALL = ['--width-factor', '0.05', '--head-width', '8', '--device', 'wasm', '--batch-size', '8', '--seed', '3'];
const NEW = ['train', '--model', 'vgg11', '--dataset', 'two', ...SMALL];
const Trained = Run.extend({ checkpoints: z.array(CheckpointInfo), directory: z.string() });
type Trained = z.infer<typeof Trained>;

const train = async (...args: string[]): Promise<Trained> => Trained.parse(await quorumJson(dataDir, args));

/** Every tensor of its newest checkpoint, or of the one at the end of an epoch. */
function tensorsOf({ directory, checkpoints }: Trained, epoch?: number): Map<string, Float32Array> {
  const one = epoch === undefined ? checkpoints.at(-1) : checkpoints.findLast((each) => each.epoch === epoch);
  const path = join(directory, 'checkpoints', checkpointName(one!.seq));
  return new Map(
    ['weights', 'optimizer'].flatMap((name) =>
      [...openSafetensors(join(path, `${name}.safetensors`)).tensors].map(
        ([tensor, stored]) => [`${name} ${tensor}`, stored.read()] as const,
      ),
    ),
  );
}

/** What it reached at its best epoch; how fast it was is the clock's. */
const bestOf = ({ best }: Trained): object =>
  Object.fromEntries(Object.entries(best).filter(([name]) => !name.startsWith('perf/')));

let whole: Trained;

beforeAll(async () => {
  copyFashionImages(join(folder, 'pictures'), { classes: ['trouser', 'bag'], images: { train: 16, val: 8 } });
  await quorumJson(dataDir, ['dataset', 'import', join(folder, 'pictures'), '--name', 'two']);
  whole = await train(...NEW, '--name', 'whole', '--epochs', '10', '--keep-epochs', '5');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('5 + 5 epochs are 10 epochs, byte for byte, also where the process is killed in between', async () => {
  const { id } = await train(...NEW, '--name', 'halves', '--epochs', '5');
  const args = [inject('commandLine'), '--data-dir', dataDir, 'train', '--resume', id, '--epochs', '10'];
  const child = spawn(process.execPath, args, { cwd: root, detached: true, stdio: 'ignore' });
  const checkpoints = join(dataDir, 'runs', id, 'checkpoints');
  const ended = new Promise((done) => {
    child.once('exit', done);
  });
  const seventh = (): boolean =>
    readdirSync(checkpoints).some((name) => name.startsWith('ckpt-') && name > 'ckpt-000006');
  await Promise.race([
    (async () => {
      while (!seventh()) await sleep(20);
    })(),
    ended,
  ]);
  // the group: the command and the process that trains
  process.kill(-child.pid!, 'SIGKILL');
  await ended;
  const extended = await train('train', '--resume', id, '--epochs', '10');
  expect(extended.state).toBe('finished');
  expect(extended.spec.resumedWith).toEqual([{ step: 20, epoch: 5, before: { epochs: 5 } }]);
  expect(tensorsOf(extended)).toEqual(tensorsOf(whole));
  expect(bestOf(extended)).toEqual(bestOf(whole));
});

test('a branch from a checkpoint ends as the run that it left did, and names it', async () => {
  const branch = await train('train', '--branch', 'whole@5', '--name', 'branch');
  expect(branch.id).not.toBe(whole.id);
  expect(branch.spec.branchedFrom).toMatchObject({ run: whole.id, name: 'whole', step: 20, epoch: 5 });
  expect(branch).toMatchObject({ state: 'finished', step: 40, bestEpoch: whole.bestEpoch });
  expect(bestOf(branch)).toEqual(bestOf(whole));
  expect(tensorsOf(branch)).toEqual(tensorsOf(whole));
  // its parent is as it was
  const parent = await quorumJson<{ best: unknown; step: number }>(dataDir, ['runs', 'show', whole.id]);
  expect(parent).toMatchObject({ best: whole.best, step: 40 });
});

test('a branch under another rate is the same as the run resumed from there under that rate', async () => {
  const half = await train(...NEW, '--name', 'half', '--epochs', '5');
  const resumed = await train('train', '--resume', half.id, '--epochs', '8', '--lr', '5e-4');
  const branch = await train('train', '--branch', 'whole@5', '--epochs', '8', '--lr', '5e-4');
  expect(tensorsOf(branch)).toEqual(tensorsOf(resumed));
  expect(branch.spec.resumedWith).toEqual(
    resumed.spec.resumedWith!.map((one) => ({ ...one, before: { epochs: 10, lr: 0.0001 } })),
  );
  const { stdout } = await quorumCommand(dataDir, ['runs', 'compare', whole.id, branch.id]);
  expect(stdout).toContain('after its validation figures could be seen');
  expect(stdout).toContain('is a branch of “whole” from epoch 5');
});

test('what cannot be branched is said', async () => {
  const failing = async (...args: string[]): Promise<string> =>
    (await quorumCommand(dataDir, ['train', ...args])).stderr;
  expect(await failing('--branch', 'whole@3')).toContain('It has checkpoints of epoch');
  expect(await failing('--branch', 'whole@last')).toContain('Give more epochs');
  expect(await failing('--branch', 'whole@5', '--batch-size', '4')).toContain('--batch-size cannot change');
  expect(await failing('--branch', 'nobody')).toContain('nobody');
});

test('a limit of steps ends a run in the middle of an epoch; without it the run goes on to the same bytes', async () => {
  const limited = await train(...NEW, '--name', 'limited', '--epochs', '10', '--steps', '18');
  expect(limited).toMatchObject({
    state: 'finished',
    step: 18,
    reason: 'The budget of 18 steps was used up in epoch 5 of 10.',
  });
  const again = await train('train', '--resume', limited.id);
  expect(again).toMatchObject({ state: 'finished', step: 18 });
  const longer = await train('train', '--resume', limited.id, '--steps', '40');
  expect(longer).toMatchObject({ state: 'finished', step: 40, reason: 'All 10 epochs done.' });
  expect(tensorsOf(longer)).toEqual(tensorsOf(whole));
});
