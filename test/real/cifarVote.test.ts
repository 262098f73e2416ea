/**
 * Four ResNets and Caffe's quick network with their published weights on lossless images of CIFAR-10: every answer of
 * each, and every decision under each rule, are those of another implementation (build/goldens/cifar_vote.py). The
 * files cannot be shipped; docs/realWeights.md says where they are.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import goldens from '../fixtures/models/cifar-vote.json' with { type: 'json' };
import { noTensorFlow } from '../support/engines.ts';
import { quorumJson } from '../support/quorumCommand.ts';

const FOLDER = process.env['QUORUM_TEST_REAL'] ?? '';
const FILES: Readonly<Record<string, string>> = {
  resnet20_cifar: 'resnet20-12fca82f.th',
  resnet32_cifar: 'resnet32-d509ac18.th',
  resnet44_cifar: 'resnet44-014dd654.th',
  resnet56_cifar: 'resnet56-4bfd9763.th',
  cifar10_quick: 'cifar10_quick_iter_5000.caffemodel',
};
const TIME_MS = 900_000;
const RULES = {
  majority: ['--rule', 'majority', '--fallback', 'resnet20_cifar'],
  mean: ['--rule', 'mean'],
  weighted: ['--rule', 'weighted', '--vote-weights', goldens.weights.join(',')],
  fallback: ['--rule', 'fallback', '--fallback', 'resnet20_cifar'],
} as const;

describe('published CIFAR-10 networks', { timeout: TIME_MS }, () => {
  const home = mkdtempSync(join(tmpdir(), 'quorum-cifar-'));
  afterAll(() => {
    rmSync(home, { recursive: true, force: true });
  });
  const missing = Object.values(FILES).find((file) => !existsSync(join(FOLDER, file)));
  const reason =
    FOLDER === '' || missing !== undefined
      ? `QUORUM_TEST_REAL names no folder with ${missing ?? 'published weights'}: see docs/realWeights.md`
      : noTensorFlow;

  beforeAll(async () => {
    if (reason !== null) return;
    await quorumJson(home, ['dataset', 'import', join(FOLDER, 'cifar-10-batches-bin'), '--name', 'cifar10']);
    for (const [model, file] of Object.entries(FILES))
      await quorumJson(home, ['weights', 'import', join(FOLDER, file), '--model', model, '--name', model]);
  }, TIME_MS);
  beforeEach((context) => {
    if (reason !== null) context.skip(reason);
  });

  it.each(Object.entries(RULES))('answer and vote alike under the rule %s', async (rule, options) => {
    const csv = join(home, `${rule}.csv`);
    const members = Object.keys(FILES).flatMap((model) => ['--weights', model]);
    const asked = ['--dataset', 'cifar10', '--data', 'test', '--device', 'cpu', '--ids', '--truth', '--output', csv];
    await quorumJson(home, ['predict', ...members, ...asked, ...options]);
    const [header, ...rows] = readFileSync(csv, 'utf8').trim().split(/\r?\n/);
    const { classIds } = await quorumJson<{ classIds: string[] }>(home, ['dataset', 'show', 'cifar10']);
    const names = header!.split(',');
    const column = (name: string): number[] =>
      rows.map((row) => classIds.indexOf(row.split(',')[names.indexOf(name)]!));
    expect(rows).toHaveLength(goldens.images);
    const truth = column('truth');
    for (const [model, { classes, right }] of Object.entries(goldens.networks)) {
      expect(column(model), model).toEqual(classes);
      expect(classes.filter((said, i) => said === truth[i])).toHaveLength(right);
    }
    expect(column('decision')).toEqual(goldens.votes[rule as keyof typeof RULES]);
  });
});
