import { mkdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { importRoot } from '../../../cli/trainingFolders.ts';
import { temporaryFolder } from '../db/fixtures.ts';

function folders(...names: string[]): string {
  const root = temporaryFolder();
  for (const name of names) mkdirSync(join(root, name), { recursive: true });
  return root;
}

test.each([
  ['train and val of one data set: their parent', ['set/train', 'set/val'], 'set/train', 'set/val', 'set'],
  ['train and validation', ['set/training', 'set/validation'], 'set/training', 'set/validation', 'set'],
  ['only train, with val beside it', ['set/train', 'set/val'], 'set/train', undefined, 'set'],
  ['only one folder', ['pictures'], 'pictures', undefined, 'pictures'],
  ['the same folder twice', ['pictures'], 'pictures', 'pictures', 'pictures'],
])('%s', (_what, names, train, val, root) => {
  const base = folders(...names);
  expect(importRoot(join(base, train), val && join(base, val), join(base, 'data'))).toBe(join(base, root));
});

test('two folders that have nothing to do with each other are joined by links, the same way every time', () => {
  const base = folders('here/cats', 'there/more');
  const root = importRoot(join(base, 'here/cats'), join(base, 'there/more'), join(base, 'data'));
  expect(readlinkSync(join(root, 'train'))).toBe(join(base, 'here/cats'));
  expect(readlinkSync(join(root, 'val'))).toBe(join(base, 'there/more'));
  expect(importRoot(join(base, 'here/cats'), join(base, 'there/more'), join(base, 'data'))).toBe(root);
});

test('a folder that is not there', () => {
  const base = folders('set/train');
  expect(() => importRoot(join(base, 'set/train'), join(base, 'set/val'), base)).toThrow(
    expect.objectContaining({ code: 'file.notFound' }),
  );
});
