/**
 * Published weights on real pictures. Needs files that cannot be shipped: docs/realWeights.md says which, and from
 * where.
 */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ImportedWeights, SelfCheck } from '../../contract/weights/weights.ts';
import type { Evaluation } from '../../core/db/evaluationRepository.ts';
import { quorumJson } from '../support/quorumCommand.ts';

const FILES = process.env['QUORUM_TEST_REAL'] ?? '';
const reason = existsSync(FILES)
  ? null
  : 'QUORUM_TEST_REAL names no folder with published weights and real images: see docs/realWeights.md';
const CIFAR = join(FILES, 'cifar-10-batches-bin');
const MNIST = join(FILES, 'mnist');
const LIMIT = 2000;
const TIME_MS = 900_000;

const home = mkdtempSync(join(tmpdir(), 'quorum-real-'));
afterAll(() => {
  rmSync(home, { recursive: true, force: true });
});
const json = <T>(...args: string[]): Promise<T> => quorumJson<T>(home, args);

/** Imports `file` after a look at its hash. */
async function weights(file: string, sha256: string, model: string): Promise<ImportedWeights> {
  const path = join(FILES, file);
  expect(
    createHash('sha256').update(readFileSync(path)).digest('hex'),
    `${file} is another file than docs/realWeights.md names`,
  ).toBe(sha256);
  return json<ImportedWeights>('weights', 'import', path, '--model', model, '--name', model);
}

async function evaluate(name: string, dataset: string, protocol: string): Promise<{ top1: number; count: number }> {
  const {
    evaluations: [one],
  } = await json<{ evaluations: Evaluation[] }>(
    'evaluate',
    '--weights',
    name,
    '--dataset',
    dataset,
    '--data',
    'test',
    '--protocol',
    protocol,
    '--limit',
    String(LIMIT),
  );
  return { top1: one!.top1!, count: one!.count };
}

/** Within three standard errors of a sample of this size. */
function expectPublished({ top1, count }: { top1: number; count: number }, published: number): void {
  expect(Math.abs(top1 - published)).toBeLessThan(3 * Math.sqrt((published * (1 - published)) / count));
}

describe('published weights', { timeout: TIME_MS }, () => {
  beforeEach((context) => {
    if (reason !== null) context.skip(reason);
  });
  beforeAll(async () => {
    if (reason !== null) return;
    await json('dataset', 'import', CIFAR, '--name', 'cifar10');
    // MNIST's layout has training files as well; they are not looked at.
    const mnist = join(home, 'mnist');
    mkdirSync(mnist);
    for (const kind of ['images-idx3', 'labels-idx1'])
      for (const split of ['t10k', 'train'])
        cpSync(join(MNIST, `t10k-${kind}-ubyte.gz`), join(mnist, `${split}-${kind}-ubyte.gz`));
    await json('dataset', 'import', mnist, '--name', 'mnist');
  }, TIME_MS);

  test.each([
    [
      'resnet20-12fca82f.th',
      '12fca82f0bebc4135bf1f32f6e3710e61d5108578464b84fd6d7f5c1b04036c8',
      'resnet20_cifar',
      0.9173,
    ],
    [
      'resnet32-d509ac18.th',
      'd509ac1820d7f25398913559d7e81a13229b1e7adc5648e3bfa5e22dc137f850',
      'resnet32_cifar',
      0.9263,
    ],
    [
      'resnet56-4bfd9763.th',
      '4bfd97631478d6b638d2764fd2baff3edb1d7d82252d54439343b6596b9b5367',
      'resnet56_cifar',
      0.9339,
    ],
  ])('%s gives its published accuracy on CIFAR-10', async (file, sha256, model, published) => {
    const { input } = await weights(file, sha256, model);
    expect(input).toMatchObject({ color: 'rgb', scale: 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] });
    expectPublished(await evaluate(model, 'cifar10', 'native-32'), published);
  });

  test("the self-check finds ResNet-20's colours and range, and where chance decides goes by what is documented", async () => {
    const { rows, tied, proposed } = await json<SelfCheck>(
      'weights',
      'check',
      'resnet20_cifar',
      '--dataset',
      'cifar10',
      '--data',
      'test',
      '--limit',
      String(LIMIT),
    );
    expect(proposed).toBe('as the weights say (RGB, ImageNet mean and sd)');
    // Nothing of another colour order or range is as good.
    for (const name of [rows[0]!.name, ...tied])
      expect(name).toMatch(/RGB, (ImageNet mean and sd|CIFAR-10|mean and sd of the data set)/);
    expect(rows.length).toBe(18);
  });

  test("Caffe's LeNet gives its accuracy on MNIST, and the self-check finds its range", async () => {
    await weights(
      'lenet_iter_10000.caffemodel',
      'fe792bdb73b0b2a34ac3df875a8978d99a9c800f329a03c00bdb4fe194522304',
      'lenet',
    );
    const { top1, count } = await evaluate('lenet', 'mnist', 'native-28');
    expect(count).toBe(LIMIT);
    expectPublished({ top1, count }, 0.991);
    const { rows, proposed } = await json<SelfCheck>(
      'weights',
      'check',
      'lenet',
      '--dataset',
      'mnist',
      '--data',
      'test',
      '--limit',
      String(LIMIT),
    );
    expect(proposed).toBe('as the weights say');
    expect(
      rows
        .slice(0, 2)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['as the weights say', 'gray, 0 to 1']);
  });
});
