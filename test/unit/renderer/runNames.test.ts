import { expect, test } from 'vitest';
import { runNames } from '../../../renderer/features/runs/runNames.ts';
import { exampleRun } from './exampleRun.ts';

const unnamed = (id: string, model: string, lr: number, seed: number, group: string | null = 'g') => {
  const run = exampleRun(id, model, lr, 0.5);
  return { ...run, name: `${model} on shoes`, group, spec: { ...run.spec, seed } };
};
const namesOf = (runs: readonly ReturnType<typeof unnamed>[]): string[] => {
  const names = runNames(runs);
  return runs.map(({ id }) => names.get(id) ?? '');
};

test('runs of a grid are named by what varies, the seed last', () => {
  expect(
    namesOf([unnamed('a', 'vgg11', 0.01, 0), unnamed('b', 'vgg11', 0.001, 0), unnamed('c', 'vgg11', 0.01, 1)]),
  ).toEqual(['vgg11 · lr 0.01 · seed 0', 'vgg11 · lr 0.001 · seed 0', 'vgg11 · lr 0.01 · seed 1']);
});

test('networks that differ in nothing else are named by themselves', () => {
  expect(namesOf([unnamed('a', 'vgg11', 0.01, 0), unnamed('b', 'vgg13', 0.01, 0)])).toEqual(['vgg11', 'vgg13']);
});

test('a name that the user gave stays, and no two runs have one name', () => {
  const named = { ...unnamed('a', 'vgg11', 0.01, 0), name: 'baseline' };
  expect(namesOf([named, unnamed('b', 'vgg11', 0.01, 0, null), unnamed('c', 'vgg11', 0.01, 0, 'h')])).toEqual([
    'baseline',
    'vgg11',
    'vgg11 #2',
  ]);
});
