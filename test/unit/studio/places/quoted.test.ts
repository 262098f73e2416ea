/** Words that reach a shell of another machine stay words. */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { Place } from '../../../../contract/place.ts';
import { quoted } from '../../../../core/studio/places/quoted.ts';

const HOSTILE = [
  '',
  ' ',
  "it's",
  '$(id)',
  '`id`',
  '; id #',
  '-rf',
  'a\nb',
  '"',
  '\\',
  "\\'",
  "'; id; '",
  '~',
  '*',
  '!!',
  'é…',
];

test.each(HOSTILE)('bash reads %j as it was', (word) => {
  expect(execFileSync('bash', ['-s'], { input: `printf %s ${quoted(word)}`, encoding: 'utf8' })).toBe(word);
});

test('many words stay as many, and none is a command', () => {
  const output = execFileSync('bash', ['-s'], {
    input: `printf '%s\\0' ${HOSTILE.map(quoted).join(' ')}`,
    encoding: 'utf8',
  });
  expect(output.split('\0').slice(0, -1)).toEqual(HOSTILE);
});

test('what no program can be given is refused', () => {
  expect(() => quoted('a\0b')).toThrow('NUL');
});

const place = { name: 'desk', ssh: { host: 'desk' }, dataDir: '/data' };

test.each([
  ['a host that is an option', { ...place, ssh: { host: '-oProxyCommand=id' } }],
  ['a user that is an option', { ...place, ssh: { host: '-l@desk' } }],
  ['a host that is a command', { ...place, ssh: { host: 'desk;id' } }],
  ['a host with a path of rsync', { ...place, ssh: { host: 'desk:/etc' } }],
  ['a host of two words', { ...place, ssh: { host: 'desk id' } }],
  ['a configuration that is an option', { ...place, ssh: { host: 'desk', configFile: '-v' } }],
  ['a relative data folder', { ...place, dataDir: 'data' }],
  ['a data folder of two lines', { ...place, dataDir: '/data\nid' }],
  ['no data folder', { ...place, dataDir: null }],
  ['another program', { ...place, program: '/bin/sh' }],
  ['a module that is an option', { ...place, modules: ['-x'] }],
  ['no lane', { ...place, lanes: 0 }],
  ['neither Slurm nor SSH', { name: 'desk' }],
])('%s is no place', (_what, settings) => {
  expect(Place.safeParse(place).success).toBe(true);
  expect(Place.safeParse(settings).success).toBe(false);
});
