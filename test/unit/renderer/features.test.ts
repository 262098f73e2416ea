import { expect, test } from 'vitest';
import { MenuEntry } from '../../../contract/api/connection.ts';
import { readdirSync } from 'node:fs';
import type { JobKind } from '../../../contract/api/procedure.ts';
import { jobPlace, routesOf, stageWords } from '../../../renderer/features/feature.ts';
import { features } from '../../../renderer/features/features.ts';

const API = new URL('../../../contract/api/', import.meta.url);

async function jobKinds(): Promise<string[]> {
  const files = readdirSync(API, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => import(new URL(name, API).href) as Promise<Record<string, unknown>>);
  const exported = (await Promise.all(files)).flatMap((file) => Object.entries(file));
  return exported.filter(([name]) => name.endsWith('Job')).map(([, kind]) => (kind as JobKind).name);
}

test('every kind of job has a page where its work is seen', async () => {
  const kinds = await jobKinds();
  expect(kinds).toEqual(expect.arrayContaining(['import', 'installEngine', 'lrRange']));
  expect(new Set(kinds).size).toBe(kinds.length);
  for (const kind of kinds)
    expect(
      features.filter(({ jobs }) => jobs && kind in jobs),
      kind,
    ).toHaveLength(1);
});

test('every folder with an index is a feature, and each has a place of its own in their order', () => {
  const orders = features.map(({ order }) => order);
  expect(features.map(({ name }) => name)).toEqual(expect.arrayContaining(['home', 'runs', 'shell']));
  expect(new Set(orders).size).toBe(orders.length);
  expect(orders).toEqual(orders.toSorted((a, b) => a - b));
});

test('a job leads to what it is about, else to the place of its kind', () => {
  expect(jobPlace(features, { kind: 'check', subjectId: 'd-1' })).toBe('/datasets/d-1');
  expect(jobPlace(features, { kind: 'duplicates', subjectId: 'd-1' })).toBe('/datasets/d-1/duplicates');
  expect(jobPlace(features, { kind: 'evaluate', subjectId: 'r-1' })).toBe('/runs/r-1');
  expect(jobPlace(features, { kind: 'evaluate', subjectId: 'e-1' })).toBe('/ensembles/e-1');
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
