/** Duplicates, leaving out and relabelling on the command line. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import type { DatasetOverlay, DuplicateReport } from '../../../contract/dataset.ts';
import { quorumCommand, quorumJson } from '../../support/quorumCommand.ts';

const SAMPLE = fileURLToPath(new URL('../../../resources/samples/noto-emoji/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'quorum-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const quorum = (...args: string[]): ReturnType<typeof quorumCommand> => quorumCommand(join(folder, 'data'), args);
const json = <T>(...args: string[]): Promise<T> => quorumJson<T>(join(folder, 'data'), args);

test('duplicates, exclude, relabel, include, changes, show', async () => {
  const root = join(folder, 'pictures');
  for (const group of ['flags', 'objects']) {
    const files = readdirSync(join(SAMPLE, group)).sort().slice(0, 7);
    for (const [i, file] of files.entries()) {
      mkdirSync(join(root, i < 5 ? 'train' : 'test', group), { recursive: true });
      cpSync(join(SAMPLE, group, file), join(root, i < 5 ? 'train' : 'test', group, `${i}.png`));
    }
  }
  cpSync(join(root, 'train/objects/0.png'), join(root, 'test/objects/again.png'));
  expect(await quorum('dataset', 'import', root, '--name', 'few', '--val-fraction', '0')).toMatchObject({ code: 0 });
  const shown = (await quorum('dataset', 'show', 'few')).stdout;
  expect(shown).toMatch(/64×64 pixels; colour/);
  expect(shown).toMatch(/flags +5 +2 +█{30}\n/);

  const found = await json<DuplicateReport>('dataset', 'duplicates', 'few', '--exclude-leaked');
  expect(found.groups.filter(({ kind }) => kind === 'exact')).toMatchObject([
    { acrossSplits: true, pictures: [{ path: 'train/objects/0.png' }, { path: 'test/objects/again.png' }] },
  ]);
  expect((await quorum('dataset', 'changes', 'few')).stdout).toContain('test: test/objects/again.png  left out');
  expect(await quorum('dataset', 'relabel', 'few', 'train', 'train/flags/1.png', 'objects')).toMatchObject({ code: 0 });
  expect(await quorum('dataset', 'include', 'few', 'test', 'test/objects/again.png')).toMatchObject({ code: 0 });
  const changes = await json<DatasetOverlay>(
    'dataset',
    'exclude',
    'few',
    'train',
    'train/flags/2.png',
    'train/flags/3.png',
  );
  expect(changes.changes.filter(({ split }) => split === 'train')).toEqual([
    { split: 'train', path: 'train/flags/1.png', exclude: false, label: 'objects' },
    { split: 'train', path: 'train/flags/2.png', exclude: true },
    { split: 'train', path: 'train/flags/3.png', exclude: true },
  ]);
  const wrong = await quorum('dataset', 'exclude', 'few', 'train', 'nothing.png');
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/no image nothing\.png in train/)]);
  expect((await quorum('dataset', 'changes', 'few', '--reset')).stdout).toBe('No image is left out or relabelled.\n');
});
