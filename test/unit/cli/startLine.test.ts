import { expect, test } from 'vitest';
import { startLine } from '../../../cli/commands/train.ts';
import { exampleSpec } from './exampleSpec.ts';

test('a run counts the images that it uses', () => {
  const split = (count: number) => ({ count, labelled: true, perClass: [] });
  const card = { name: 'abc', splitRule: 'val is a folder', splits: { train: split(1000), val: split(500) } };
  expect(startLine('r1', { ...exampleSpec, limit: {} }, card)).toMatch(/, 1000 training and 500 validation images of /);
  expect(startLine('r1', { ...exampleSpec, limit: { train: 64, val: 50 } }, card)).toMatch(/, 64 training and 50 /);
  const { train } = card.splits;
  expect(startLine('r1', { ...exampleSpec, limit: {} }, { ...card, splits: { train } })).toMatch(/and no validation/);
});
