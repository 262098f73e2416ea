/**
 * EfficientNet-Lite 0 to 2 with their published weights on 1,000 ImageNet images: every answer, the accuracies and the
 * vote are those of another implementation (build/goldens/lite_imagenet.py). The weights come through pip; the images
 * cannot be shipped, docs/realWeights.md says where they are.
 */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import goldens from '../fixtures/models/lite-imagenet.json' with { type: 'json' };
import { noTensorFlow } from '../support/engines.ts';
import { quorumCommand, quorumJson } from '../support/quorumCommand.ts';

const FILES = process.env['QUORUM_TEST_IMAGENET'] ?? '';
const networks = Object.entries(goldens.networks);
const TIME_MS = 1_800_000;

interface Predicted {
  readonly members: readonly { readonly model: string; readonly top1: number; readonly top5: number }[];
  readonly top1: number;
}

describe('published weights on ImageNet images', { timeout: TIME_MS }, () => {
  const home = mkdtempSync(join(tmpdir(), 'quorum-imagenet-'));
  afterAll(() => {
    rmSync(home, { recursive: true, force: true });
  });
  let reason: string | null;
  /** Classes by their number; images in the same order, as there is one of each. */
  let ids: string[];
  let predicted: Predicted;
  let columns: ReadonlyMap<string, readonly number[]>;

  beforeAll(async () => {
    reason = existsSync(FILES)
      ? noTensorFlow
      : 'QUORUM_TEST_IMAGENET names no folder with an image of each ImageNet class: see docs/realWeights.md';
    if (reason !== null) return;
    for (const [network] of networks) {
      const name = `${network}.ml-illustrated`;
      const { code, stderr } = await quorumCommand(home, ['weights', 'fetch', name, '--accept-licence']);
      if (code !== 0) reason = `${name} cannot be fetched: ${stderr.trim().split('\n').at(-1)}`;
      if (reason !== null) return;
    }
    const images = join(home, 'images');
    const files = readdirSync(FILES).filter((file) => /^n\d+_.*\.JPEG$/.test(file));
    ids = files.map((file) => file.split('_')[0]!).sort();
    for (const file of files) {
      const folder = join(images, file.split('_')[0]!);
      mkdirSync(folder, { recursive: true });
      copyFileSync(join(FILES, file), join(folder, file));
    }
    await quorumJson(home, ['dataset', 'import', images, '--name', 'images', '--val-fraction', '0']);
    const members = networks.flatMap(([network]) => ['--weights', `${network}.ml-illustrated`]);
    const csv = join(home, 'said.csv');
    const asked = ['--dataset', 'images', '--data', 'train', '--device', 'cpu', '--ids', '--truth', '--output', csv];
    predicted = await quorumJson<Predicted>(home, ['predict', ...members, ...asked]);
    const [header, ...rows] = readFileSync(csv, 'utf8').trim().split(/\r?\n/);
    const cells = rows.map((row) => row.split(',')).sort(([a], [b]) => (a! < b! ? -1 : 1));
    columns = new Map(header!.split(',').map((name, at) => [name, cells.map((row) => ids.indexOf(row[at]!))] as const));
  }, TIME_MS);
  beforeEach((context) => {
    if (reason !== null) context.skip(reason);
  });

  it('has the images that the other implementation saw', () => {
    expect(ids).toHaveLength(goldens.vote.length);
    expect(columns.get('truth')).toEqual(ids.map((_, i) => i));
  });

  it.each(networks)('%s says the same class of every image, and is right as often', (network, { top5 }) => {
    expect(columns.get(network)).toEqual(top5.map(([first]) => first));
    const ours = predicted.members.find(({ model }) => model === network)!;
    const share = (right: (row: readonly number[], i: number) => boolean): number =>
      top5.filter((row, i) => right(row, i)).length / top5.length;
    expect([ours.top1, ours.top5]).toEqual([share(([first], i) => first === i), share((row, i) => row.includes(i))]);
  });

  it('votes the same', () => {
    expect(columns.get('decision')).toEqual(goldens.vote);
    expect(predicted.top1).toBe(goldens.vote.filter((said, i) => said === i).length / goldens.vote.length);
  });
});
