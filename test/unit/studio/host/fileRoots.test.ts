import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FileRoots, isInside, isPlainPath } from '../../../../core/studio/host/fileRoots.ts';

let folder = '';
let roots: FileRoots;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'quorum-roots-'));
  for (const name of ['pictures/cats', 'pictures/.hidden', 'pictures-private'])
    mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'pictures/cats/a.png'), '');
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  symlinkSync(join(folder, 'secret.txt'), join(folder, 'pictures/out.txt'));
  symlinkSync(join(folder, 'pictures-private'), join(folder, 'pictures/out'));
  symlinkSync(join(folder, 'pictures/cats'), join(folder, 'pictures/in'));
  symlinkSync(join(folder, 'nowhere'), join(folder, 'pictures/broken'));
  roots = new FileRoots([join(folder, 'pictures')]);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('folders are listed first, hidden ones and links that lead out are not', async () => {
  const { entries, parent } = await roots.browse({ root: 'root-1', path: '' }, 100);
  expect(entries.map(({ name, kind }) => `${kind} ${name}`)).toEqual(['folder cats', 'folder in']);
  expect(parent).toBeNull();
  const inner = await roots.browse({ root: 'root-1', path: 'cats' }, 100);
  expect(inner.entries).toEqual([{ name: 'a.png', kind: 'file', sizeBytes: null, pictures: true }]);
  expect(inner.parent).toEqual({ root: 'root-1', path: '' });
});

test.for([
  '../../..',
  '../pictures-private',
  'cats/../..',
  '/etc',
  'cats/../../secret.txt',
  'out',
  'out.txt',
  'broken',
  '.hidden',
  'cats//a.png',
  'cats\\a.png',
  'C:/x',
  'cats/\0',
  './cats',
  'absent',
  'cats/',
])('%j is not there', async (path) => {
  await expect(roots.resolve({ root: 'root-1', path })).rejects.toMatchObject({ code: 'file.notFound' });
});

test('an unknown root is not there, and a picked one is until it is forgotten', async () => {
  await expect(roots.resolve({ root: 'root-9', path: '' })).rejects.toMatchObject({ code: 'file.notFound' });
  const picked = roots.pick(join(folder, 'pictures-private'));
  expect(await roots.resolve(picked)).toContain('pictures-private');
  expect(roots.pick(join(folder, 'pictures-private'))).toEqual(picked);
  roots.forget(picked.root);
  await expect(roots.resolve(picked)).rejects.toMatchObject({ code: 'file.notFound' });
  roots.forget('root-1');
  expect(roots.list().map(({ id }) => id)).toEqual(['root-1']);
});

test('containment goes by path parts, not by letters', () => {
  expect(isInside('/a/b', '/a/b')).toBe(true);
  expect(isInside('/a/b', '/a/b/c')).toBe(true);
  expect(isInside('/a/b', '/a/bc')).toBe(false);
  expect(isInside('/a/b', '/a')).toBe(false);
  expect(isInside('/a/b', '/a/b/..c')).toBe(true);
  expect(isPlainPath('cats/a.png')).toBe(true);
  expect(isPlainPath('a/..b')).toBe(false);
});
