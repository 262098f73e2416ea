import { expect, test } from 'vitest';
import { axisChoices, parallelAxes, usualAxes } from '../../../../pure/figures/parallelAxes.ts';
import { exampleRun } from '../../renderer/exampleRun.ts';

const runs = [
  exampleRun('r-1', 'vgg11', 1e-4, 0.5),
  exampleRun('r-2', 'resnet18', 1e-2, 0.7),
  exampleRun('r-3', 'vgg11', 1, null),
];

test('settings that differ and every result can be an axis', () => {
  expect(axisChoices(runs).map(({ title }) => title)).toEqual([
    'model.name',
    'lr',
    'val/top1, %',
    'best epoch',
    'minutes trained',
  ]);
  expect(usualAxes(runs)).toEqual(['spec model.name', 'spec lr', 'metric val/top1']);
});

test('words stand apart, rates by their logarithm, and what a run does not have below all others', () => {
  const [model, lr, top1] = parallelAxes(runs, usualAxes(runs));
  expect(model).toMatchObject({
    places: [1, 0, 1],
    ticks: [
      { at: 0, text: 'resnet18' },
      { at: 1, text: 'vgg11' },
    ],
  });
  expect(lr?.places[1]).toBeCloseTo(0.5, 12);
  expect(lr?.ticks.map(({ text }) => text)).toEqual(['1e-4', '0.01', '1']);
  expect(top1?.places).toEqual([0.12, 1, 0]);
  expect(top1?.texts).toEqual(['50.0', '70.0', '–']);
  expect(top1?.ticks.map(({ text }) => text)).toEqual(['–', '50.0', '70.0']);
});

test('many values have a few ticks, and none lies on another', () => {
  const many = Array.from({ length: 40 }, (_, i) => exampleRun(`r-${i}`, 'vgg11', 1e-3, 0.5 + i / 100));
  const [axis] = parallelAxes(many, ['metric val/top1']);
  expect(axis?.ticks.map(({ text }) => text)).toEqual(['50.0', '59.8', '69.5', '79.3', '89.0']);
});
