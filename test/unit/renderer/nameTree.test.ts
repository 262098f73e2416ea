import { expect, test } from 'vitest';
import { branchPaths, treeLines } from '../../../renderer/features/weights/nameTree.ts';

const named = (...names: string[]) => names.map((name) => ({ name }));
const drawn = (lines: ReturnType<typeof treeLines>): string[] =>
  lines.map(({ label, depth, leaf, leaves }) => `${'  '.repeat(depth)}${label}${leaf ? '' : ` (${leaves.length})`}`);

test('names share branches, in their order; a branch of one child is written with it', () => {
  const items = named(
    'conv1_1/kernel',
    'conv1_1/bias',
    'layer1.0.conv1.weight',
    'layer1.0.bn1.weight',
    'layer1.0.bn1.bias',
    'fc',
  );
  expect(drawn(treeLines(items, new Set()))).toEqual([
    'conv1_1 (2)',
    '  kernel',
    '  bias',
    'layer1.0 (3)',
    '  conv1.weight',
    '  bn1 (2)',
    '    weight',
    '    bias',
    'fc',
  ]);
  expect(branchPaths(items)).toEqual(['conv1_1/', 'layer1.0.', 'layer1.0.bn1.']);
});

test('a shut branch hides what is in it, and a name may itself have more below it', () => {
  const items = named('a/b', 'a/b/c', 'a/d', '');
  expect(drawn(treeLines(items, new Set()))).toEqual(['a (3)', '  b', '  b/c', '  d', '']);
  expect(drawn(treeLines(items, new Set(['a/'])))).toEqual(['a (3)', '']);
});
