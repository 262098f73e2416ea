import { expect, test } from 'vitest';
import { distinctIndexes } from '../../../renderer/ui/composables/useNetworkStyles.ts';

test('within a selection no colour comes twice, and whoever can keeps its own', () => {
  expect(distinctIndexes([0, 8])).toEqual([0, 1]);
  expect(distinctIndexes([1, 9, 2])).toEqual([1, 0, 2]);
  expect(distinctIndexes([3, 4, 5])).toEqual([3, 4, 5]);
});

test('more runs than colours stay as they are: their markers differ', () => {
  const many = Array.from({ length: 9 }, (_, i) => i);
  expect(distinctIndexes(many)).toEqual(many);
});
