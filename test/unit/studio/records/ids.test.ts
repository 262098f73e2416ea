import { expect, test } from 'vitest';
import { findByText, newId } from '../../../../core/studio/records/ids.ts';
import { defaultDataDir } from '../../../../core/studio/records/paths.ts';

const free = async (): Promise<boolean> => false;

test('ids sort by the time they were made', async () => {
  const times = [
    '2026-01-01T00:00:00Z',
    '2026-01-01T00:00:01Z',
    '2026-01-01T11:59:59Z',
    '2026-01-01T23:59:59.999Z',
    '2026-01-02T00:00:00Z',
  ];
  const ids = [];
  for (const time of times) ids.push(await newId('r', free, new Date(time)));
  expect(ids).toEqual(ids.toSorted());
  expect(ids[0]).toBe('r-20260101-0000');
  expect(ids[3]).toBe('r-20260101-zzzz');
  expect(new Set(ids).size).toBe(ids.length);
});

test('a taken id is passed over', async () => {
  const taken = new Set(['r-20260101-zzzz', 'r-20260101-0000']);
  expect(await newId('r', async (id) => taken.has(id), new Date('2026-01-01T23:59:59.999Z'))).toBe('r-20260101-0001');
});

const RUNS = [
  { id: 'r-20260102-ab12', name: 'second' },
  { id: 'r-20260102-ab99', name: 'vgg11 on Shapes' },
  { id: 'r-20260101-cd34', name: 'vgg11 on Shapes' },
  { id: 'r-20260101-xx00', name: 'ab' },
];
const find = (text: string): string => findByText(RUNS, text, 'run.notFound', 'run').id;

test.each([
  ['r-20260102-ab12', 'r-20260102-ab12'],
  ['R-20260102-AB12', 'r-20260102-ab12'],
  ['second', 'r-20260102-ab12'],
  ['SECOND', 'r-20260102-ab12'],
  ['r-20260101-c', 'r-20260101-cd34'],
  ['cd', 'r-20260101-cd34'],
  ['ab', 'r-20260101-xx00'],
  ['ab9', 'r-20260102-ab99'],
])('"%s" means %s', (text, id) => {
  expect(find(text)).toBe(id);
});

test.each([
  ['r-20260102', 'input.invalid'],
  ['vgg11 on Shapes', 'input.invalid'],
  ['VGG11 on shapes', 'input.invalid'],
  ['ab', null],
  ['zz', 'run.notFound'],
  ['', 'run.notFound'],
  ['on Shapes', 'run.notFound'],
])('"%s" is ambiguous or unknown: %s', (text, code) => {
  if (code === null) expect(find(text)).toBe('r-20260101-xx00');
  else expect(() => find(text)).toThrow(expect.objectContaining({ code }));
});

test.each([
  [{ QUORUM_HOME: '/q' }, 'linux', '/q'],
  [{}, 'linux', '/home/u/.local/share/quorum'],
  [{ XDG_DATA_HOME: '/x' }, 'linux', '/x/quorum'],
  [{ XDG_DATA_HOME: '' }, 'linux', '/home/u/.local/share/quorum'],
  [{}, 'darwin', '/home/u/Library/Application Support/Quorum'],
] as const)('data directory for %j on %s', (env, platform, folder) => {
  expect(defaultDataDir(env, platform, '/home/u')).toBe(folder);
});
