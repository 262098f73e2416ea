/** Duplicates, leaving out and relabelling on the command line: real processes in a temporary data directory. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import type { DatasetOverlay, DuplicateReport } from '../../../contract/dataset.ts';

const MAIN = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url));
const SAMPLE = fileURLToPath(new URL('../../../resources/samples/noto-emoji/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'quorum-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function quorum(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    env: { ...process.env, QUORUM_HOME: join(folder, 'data') },
    encoding: 'utf8',
  });
  return { code: status, stdout, stderr };
}

test('duplicates, exclude, relabel, include, changes, show', () => {
  const root = join(folder, 'pictures');
  for (const group of ['flags', 'objects']) {
    const files = readdirSync(join(SAMPLE, group)).sort().slice(0, 7);
    for (const [i, file] of files.entries()) {
      mkdirSync(join(root, i < 5 ? 'train' : 'test', group), { recursive: true });
      cpSync(join(SAMPLE, group, file), join(root, i < 5 ? 'train' : 'test', group, `${i}.png`));
    }
  }
  cpSync(join(root, 'train/objects/0.png'), join(root, 'test/objects/again.png'));
  expect(quorum('dataset', 'import', root, '--name', 'few', '--val-fraction', '0')).toMatchObject({ code: 0 });
  const shown = quorum('dataset', 'show', 'few').stdout;
  expect(shown).toMatch(/64×64 pixels; colour/);
  expect(shown).toMatch(/flags +5 +2 +█{30}\n/);

  const found = JSON.parse(
    quorum('dataset', 'duplicates', 'few', '--exclude-leaked', '--json').stdout,
  ) as DuplicateReport;
  expect(found.groups.filter(({ kind }) => kind === 'exact')).toMatchObject([
    { acrossSplits: true, pictures: [{ path: 'train/objects/0.png' }, { path: 'test/objects/again.png' }] },
  ]);
  expect(quorum('dataset', 'changes', 'few').stdout).toContain('test: test/objects/again.png  left out');
  expect(quorum('dataset', 'relabel', 'few', 'train', 'train/flags/1.png', 'objects')).toMatchObject({ code: 0 });
  expect(quorum('dataset', 'include', 'few', 'test', 'test/objects/again.png')).toMatchObject({ code: 0 });
  const changes = JSON.parse(
    quorum('dataset', 'exclude', 'few', 'train', 'train/flags/2.png', 'train/flags/3.png', '--json').stdout,
  ) as DatasetOverlay;
  expect(changes.changes.filter(({ split }) => split === 'train')).toEqual([
    { split: 'train', path: 'train/flags/1.png', exclude: false, label: 'objects' },
    { split: 'train', path: 'train/flags/2.png', exclude: true },
    { split: 'train', path: 'train/flags/3.png', exclude: true },
  ]);
  const wrong = quorum('dataset', 'exclude', 'few', 'train', 'nothing.png');
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/no picture nothing\.png in train/)]);
  expect(quorum('dataset', 'changes', 'few', '--reset').stdout).toBe('No picture is left out or relabelled.\n');
}, 120_000);
