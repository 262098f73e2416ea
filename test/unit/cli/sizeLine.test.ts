import { expect, test } from 'vitest';
import { sizeLine } from '../../../cli/commands/dataset/datasetText.ts';
import { plural } from '../../../pure/plural.ts';

test('sizes are a range only where they differ', () => {
  const sizes = (minWidth: number, maxWidth: number, minHeight: number, maxHeight: number) => ({
    minWidth,
    maxWidth,
    minHeight,
    maxHeight,
  });
  expect(sizeLine({ sizes: sizes(60, 60, 40, 40), nativeSize: { width: 60, height: 40 } })).toBe('60×40 pixels');
  expect(sizeLine({ sizes: sizes(60, 60, 40, 48), nativeSize: { width: 60, height: 40 } })).toBe(
    '60×40–48 pixels, most often 60×40',
  );
  expect(sizeLine({ sizes: sizes(20, 60, 40, 48), nativeSize: null })).toBe('20–60×40–48 pixels, no size is common');
});

test('one is not several', () => {
  expect([0, 1, 2].map((n) => plural(n, 'data set'))).toEqual(['0 data sets', '1 data set', '2 data sets']);
  expect(plural(1, 'run uses', 'runs use')).toBe('1 run uses');
});
