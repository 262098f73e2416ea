import { expect, test } from 'vitest';
import { seedSummaries } from '../../../../pure/statistics/seedGroups.ts';

const run = (top1: number | null, seed: number, change: object = {}) => ({
  spec: { name: `run ${seed}`, model: { name: 'vgg11' }, lr: 0.1, optimizer: { kind: 'adam' }, seed, ...change },
  best: (top1 === null ? {} : { 'val/top1': top1 }) as Record<string, number>,
});

test('seeds of one setting: mean, and the deviation of the sample', () => {
  const [only, ...rest] = seedSummaries([run(0.5, 0), run(0.6, 1), run(0.7, 2), run(null, 3)]);
  expect(rest).toEqual([]);
  expect(only).toMatchObject({
    settings: '',
    mean: expect.closeTo(0.6, 12) as number,
    sd: expect.closeTo(0.1, 12) as number,
  });
  expect(only?.runs.map(({ spec }) => spec.seed)).toEqual([0, 1, 2]);
});

test('every other setting keeps runs apart, and is named', () => {
  const found = seedSummaries([
    run(0.5, 0),
    run(0.7, 0, { lr: 0.01 }),
    run(0.6, 1),
    run(0.8, 0, { optimizer: { kind: 'sgd', momentum: 0.9 } }),
  ]);
  expect(found.map(({ settings, runs, sd }) => [settings, runs.length, sd !== null])).toEqual([
    ['lr 0.1, optimizer.kind adam, optimizer.momentum –', 2, true],
    ['lr 0.01, optimizer.kind adam, optimizer.momentum –', 1, false],
    ['lr 0.1, optimizer.kind sgd, optimizer.momentum 0.9', 1, false],
  ]);
});

test('no accuracy, no summary', () => {
  expect(seedSummaries([run(null, 0)])).toEqual([]);
});
