import path from 'node:path';
import { expect, test } from 'vitest';
import { cacheFolder } from '../../../core/provision/cacheFolder.ts';

test('QUORUM_CACHE wins, and a relative one is taken from here', () => {
  expect(cacheFolder({ QUORUM_CACHE: '/a/b', XDG_CACHE_HOME: '/x', HOME: '/h' })).toBe('/a/b');
  expect(cacheFolder({ QUORUM_CACHE: 'near', HOME: '/h' })).toBe(path.resolve('near'));
});

test.runIf(process.platform === 'linux')('XDG_CACHE_HOME when absolute, else ~/.cache', () => {
  expect(cacheFolder({ QUORUM_CACHE: '', XDG_CACHE_HOME: '/x', HOME: '/h' })).toBe('/x/quorum');
  expect(cacheFolder({ XDG_CACHE_HOME: 'x', HOME: '/h' })).toBe('/h/.cache/quorum');
  expect(cacheFolder({ HOME: '/h' })).toBe('/h/.cache/quorum');
});
