import { expect, test } from 'vitest';
import { admittingCommand, cleanPath, isAbsolute, placeOf } from '../../../renderer/ui/folderPath.ts';

const roots = [
  { id: 'home', name: 'me', path: '/home/me', kind: 'configured' as const },
  { id: 'data', name: 'data', path: '/home/me/data', kind: 'configured' as const },
];

test('a pasted path leads into the closest allowed folder, or nowhere', () => {
  expect(placeOf('/home/me/data/cats', roots)).toEqual({ root: 'data', path: 'cats' });
  expect(placeOf('/home/me', roots)).toEqual({ root: 'home', path: '' });
  expect(placeOf('/home/melon', roots)).toBeNull();
  expect(placeOf('/data/pictures', roots)).toBeNull();
  expect(placeOf('/etc', [{ ...roots[0]!, path: '/' }])).toEqual({ root: 'home', path: 'etc' });
});

test('paths come with quotes, slashes at the end, backslashes, or as a file address', () => {
  expect(['"/home/me/a b/"', 'file:///home/me', 'C:\\data\\cats\\', '/'].map(cleanPath)).toEqual([
    '/home/me/a b',
    '/home/me',
    'C:/data/cats',
    '/',
  ]);
  expect(['/a', '"/a"', '~/a', 'C:\\a', 'file:///a'].every(isAbsolute)).toBe(true);
  expect(['cats', 'cats/dogs', ''].some(isAbsolute)).toBe(false);
});

test('the command that admits a folder survives a shell', () => {
  expect(admittingCommand('/data/pictures')).toBe('quorum serve --folder /data/pictures');
  expect(admittingCommand("/data/it's $(here)")).toBe(`quorum serve --folder '/data/it'\\''s $(here)'`);
});
