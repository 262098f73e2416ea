import { expect, it } from 'vitest';
import { ContentKeys } from '../../../../core/data/import/contentKeys.ts';

it('has what was added, whatever the order, and nothing else', () => {
  const keys = new ContentKeys(1000);
  const added = new Set(Array.from({ length: 1000 }, (_, i) => ((i * 7919) % 1009) * 2 ** 37 + i));
  expect(keys.has(0)).toBe(false);
  for (const key of added) keys.add(key);
  for (const key of added) expect([keys.has(key), keys.has(key + 0.5)]).toEqual([true, false]);
  const some = new ContentKeys(4);
  for (const key of [5, 3]) some.add(key);
  expect([3, 5, 0].map((key) => some.has(key))).toEqual([true, true, false]);
  some.add(0);
  expect(some.has(0)).toBe(true);
});
