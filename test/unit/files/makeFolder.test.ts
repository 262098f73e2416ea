import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFolder, makeFolderSync } from '../../../core/files/makeFolder.ts';
import { temporaryFolder } from '../db/fixtures.ts';

const root = process.getuid?.() === 0;

test('a folder is made with those on the way to it, and may exist', async () => {
  const folder = join(temporaryFolder(), 'a', 'b');
  makeFolderSync(folder, 0o700);
  await makeFolder(folder);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test('a file on the way is named as what it is', async () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  await expect(makeFolder(join(file, 'a', 'b'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  expect(() => makeFolderSync(join(file, 'a'))).toThrow(/ENOTDIR/);
});

test('a folder that may not be written is named as that', async (context) => {
  if (root) context.skip('root may write everywhere');
  const folder = join(temporaryFolder(), 'closed');
  mkdirSync(folder);
  chmodSync(folder, 0o500);
  await expect(makeFolder(join(folder, 'a', 'b'))).rejects.toMatchObject({ code: 'EACCES' });
  expect(existsSync(join(folder, 'a'))).toBe(false);
});
