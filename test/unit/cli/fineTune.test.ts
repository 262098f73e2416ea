/**
 * Fine-tuning by the command line: a file of vgg16.npy's names, layout and pickle, small and random, on CIFAR-10's
 * binary layout.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Run } from '../../../contract/run.ts';
import { describeNetwork } from '../../../core/models/describe.ts';
import { getModel } from '../../../core/models/registry.ts';
import { initialValues } from '../../../core/train/initializer.ts';
import { readTensors } from '../../../core/train/checkpoint.ts';
import { writeNpyDict } from '../../../core/formats/writeNpy.ts';
import { writeCifarBinary } from '../../support/cifarBinary.ts';
import { noTensorFlow } from '../../support/engines.ts';
import { quorumCommand } from '../../support/quorumCommand.ts';

const SMALL = ['--width-factor', '0.0625', '--head-width', '32'];
const folder = mkdtempSync(join(tmpdir(), 'quorum-fine-tune-'));
const weights = join(folder, 'vgg16.npy');
let source = new Map<string, Float32Array>();

beforeAll(async () => {
  const { weights: specs } = describeNetwork(getModel('vgg16'), {
    size: 224,
    channels: 3,
    classes: 1000,
    options: { widthFactor: 0.0625, headWidth: 32 },
  });
  source = new Map(specs.map((spec) => [spec.name, initialValues(spec, 3)]));
  await writeNpyDict(
    weights,
    specs.map(({ name, shape }) => ({ name, shape, data: source.get(name) ?? new Float32Array(0) })),
    { style: 'list' },
  );
  await writeCifarBinary(join(folder, 'cifar'), 2);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const quorum = (...args: string[]): ReturnType<typeof quorumCommand> => quorumCommand(join(folder, 'data'), args);

describe.skipIf(noTensorFlow)('vgg16.npy on CIFAR-10', () => {
  let run: Run & { directory: string; checkpoints: { path: string }[] };

  test('a new head for ten classes, the convolutions as in the file, frozen; said before the first step', async () => {
    expect((await quorum('dataset', 'import', join(folder, 'cifar'), '--name', 'cifar10')).code).toBe(0);
    const { code, stdout, stderr } = await quorum(
      '--json',
      'train',
      '--preset',
      'cifar10-fine-tune',
      '--init',
      weights,
      '--dataset',
      'cifar10',
      ...SMALL,
      '--freeze',
      'conv*',
      '--lr-group',
      'head=10',
      '--lr',
      '1e-5',
      '--epochs',
      '2',
      '--batch-size',
      '20',
      '--device',
      'cpu',
      '--name',
      'tuned',
    );
    expect(code, stderr).toBe(0);
    run = JSON.parse(stdout) as typeof run;
    expect(run).toMatchObject({
      state: 'finished',
      spec: {
        model: { options: { poolGrid: 1 } },
        preprocessing: { size: 32, color: 'rgb', scale: 255 },
        fineTuning: { newHead: true, from: { kind: 'file', path: weights } },
      },
    });
    expect(stderr).toContain('13 convolutions frozen, head new, ');
    expect(stderr).toContain('New head fc8 for 10 classes; the weights tell 1000 apart.');
    expect(readFileSync(join(run.directory, 'worker.log'), 'utf8')).toContain('Took 26 weights of 13 layers');
    const after = readTensors(resolve(run.directory, run.checkpoints.at(-1)?.path ?? ''), 'weights.safetensors');
    expect(after.get('conv5_3/kernel')).toEqual(source.get('conv5_3/kernel'));
    expect(after.get('fc6/kernel')).not.toEqual(source.get('fc6/kernel'));
    expect(after.get('fc8/kernel')?.length).toBe(32 * 10);
  });

  test('the run is weights for the next one, without naming a network', async () => {
    const { code, stdout, stderr } = await quorum(
      '--json',
      'train',
      '--init',
      'tuned@last',
      '--dataset',
      'cifar10',
      '--train-only',
      'head',
      '--epochs',
      '1',
      '--batch-size',
      '20',
      '--device',
      'cpu',
    );
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      state: 'finished',
      spec: {
        model: { name: 'vgg16', options: { widthFactor: 0.0625, poolGrid: 1 } },
        preprocessing: { size: 32, color: 'rgb' },
        fineTuning: { newHead: false, from: { kind: 'run', run: run.id } },
      },
    });
    expect(stderr).toContain('head kept');
  });

  test('what does not fit is listed, and nothing is made', async () => {
    const { code, stdout } = await quorum(
      '--json',
      'train',
      '--init',
      weights,
      '--model',
      'vgg16',
      '--dataset',
      'cifar10',
      ...SMALL,
      '--pool-grid',
      '2',
      '--size',
      '32',
    );
    expect(code).not.toBe(0);
    const text =
      stdout ||
      (
        await quorum(
          'train',
          '--init',
          weights,
          '--model',
          'vgg16',
          '--dataset',
          'cifar10',
          ...SMALL,
          '--pool-grid',
          '2',
          '--size',
          '32',
        )
      ).stderr;
    expect(text).toContain('fc6/kernel should be');
  });
});
