import { expect, test } from 'vitest';
import { MenuEntry } from '../../../contract/api/connection.ts';
import { JobKind } from '../../../contract/api/jobs.ts';
import { jobPlace, routesOf, stageWords } from '../../../renderer/features/feature.ts';
import { features } from '../../../renderer/features/features.ts';

test('every kind of job has a page where its work is seen', () => {
  for (const kind of JobKind.options)
    expect(
      features.filter(({ jobs }) => jobs && kind in jobs),
      kind,
    ).toHaveLength(1);
});

test('a job leads to what it is about, else to the place of its kind', () => {
  expect(jobPlace(features, { kind: 'check', subjectId: 'd-1' })).toBe('/datasets/d-1');
  expect(jobPlace(features, { kind: 'duplicates', subjectId: 'd-1' })).toBe('/datasets/d-1/duplicates');
  expect(jobPlace(features, { kind: 'evaluate', subjectId: 'r-1' })).toBe('/runs/r-1');
  expect(jobPlace(features, { kind: 'exportWeights', subjectId: 'w-1' })).toBe('/weights/w-1');
  expect(jobPlace(features, { kind: 'installEngine', subjectId: null })).toBe('/settings');
});

test('stages are words, and one that nobody knows is its own name', () => {
  expect(stageWords(features, 'unpack')).toBe('Unpacking');
  expect(stageWords(features, 'constructor')).toBe('Constructor');
  expect(stageWords(features, null)).toBe('Starting');
});

test('names and addresses of pages are given once', () => {
  const routes = routesOf(features);
  expect(new Set(routes.map(({ name }) => name)).size).toBe(routes.length);
  expect(new Set(routes.map(({ path }) => path)).size).toBe(routes.length);
});

test('the desktop takes every menu entry, and no key is given twice', () => {
  const entries = features.flatMap(({ menu = [] }) => menu);
  for (const entry of entries) expect(MenuEntry.safeParse(entry).success, entry.label).toBe(true);
  const keys = entries.flatMap(({ accelerator }) => accelerator ?? []);
  expect(new Set(keys).size).toBe(keys.length);
});
