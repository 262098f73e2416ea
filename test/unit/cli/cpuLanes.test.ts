/** Lanes on the processor for real: small networks that train beside each other, and give the bytes of those alone. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Run } from '../../../contract/run.ts';
import { noTensorFlow } from '../../support/engines.ts';
import { quorumJson } from '../../support/quorumCommand.ts';
import { weightBytes } from '../../support/weightBytes.ts';
import { copyFashionImages } from '../../support/fashionImages.ts';

const folder = mkdtempSync(join(tmpdir(), 'quorum-lanes-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

copyFashionImages(join(folder, 'pictures'), { classes: ['trouser', 'bag'], images: { train: 20, val: 10 } });

interface Trained {
  readonly runs: Run[];
  /** SHA-256 of the weights of the last checkpoint, by network. */
  readonly weights: Record<string, string>;
}

async function train(name: string, ...lanes: string[]): Promise<Trained> {
  const dataDir = join(folder, name);
  const quorum = <T>(...args: string[]): Promise<T> => quorumJson<T>(dataDir, args);
  await quorum('dataset', 'import', join(folder, 'pictures'), '--name', 'two');
  const small = ['--width-factor', '0.5', '--head-width', '8', '--batch-size', '10', '--epochs', '10'];
  for (const model of ['lenet', 'cifar10_quick'])
    await quorum('train', '--model', model, '--dataset', 'two', '--device', 'cpu', ...small, '--queue');
  const { runs } = await quorum<{ runs: Run[] }>('queue', 'run', '--threads-per-lane', '1', ...lanes);
  const weights = runs.map(({ id, spec }) => [spec.model.name, weightBytes(join(dataDir, 'runs', id, 'checkpoints'))]);
  return { runs, weights: Object.fromEntries(weights) as Record<string, string> };
}

/** Whether they trained at the same time. */
function beside([one, other]: readonly Run[]): boolean {
  const [from, to] = [one, other].map((run) => [run?.startedAt ?? '', run?.endedAt ?? '']) as [string[], string[]];
  return from[0]! < to[1]! && to[0]! < from[1]!;
}

test.skipIf(noTensorFlow !== null)('two lanes of one thread train at once, to the bytes of one lane', async () => {
  const one = await train('one');
  const two = await train('two', '--cpu-lanes', '2');
  for (const { runs } of [one, two])
    expect(runs.map(({ state, device }) => [state, device?.kind, device?.threads])).toEqual([
      ['finished', 'cpu', 1],
      ['finished', 'cpu', 1],
    ]);
  expect([beside(one.runs), beside(two.runs)]).toEqual([false, true]);
  expect(Object.keys(two.weights).sort()).toEqual(['cifar10_quick', 'lenet']);
  expect(two.weights).toEqual(one.weights);
  expect(two.weights['lenet']).toMatch(/^[1-9]/);
});
