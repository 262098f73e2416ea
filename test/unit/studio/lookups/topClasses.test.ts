import { expect, test } from 'vitest';
import { topClasses, topClassesOf } from '../../../../core/studio/lookups/topClasses.ts';

test('the most probable classes come first, equal ones in class order, as in the vote', () => {
  const top = topClasses(Float32Array.of(0.125, 0.5, 0.25, 0.125, 0.25, 0.25, 0.25, 0.25), 4, 3);
  expect(topClassesOf(top, 0)).toEqual([
    { classIndex: 1, probability: 0.5 },
    { classIndex: 2, probability: 0.25 },
    { classIndex: 0, probability: 0.125 },
  ]);
  expect(topClassesOf(top, 1).map(({ classIndex }) => classIndex)).toEqual([0, 1, 2]);
});

test('fewer classes than are asked for are all there are', () => {
  expect(topClassesOf(topClasses(Float32Array.of(0.25, 0.75), 2, 5), 0)).toEqual([
    { classIndex: 1, probability: 0.75 },
    { classIndex: 0, probability: 0.25 },
  ]);
});
