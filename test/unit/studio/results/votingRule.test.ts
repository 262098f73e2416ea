import { expect, test } from 'vitest';
import { resolveRule, type RuleRequest } from '../../../../core/studio/results/votingRule.ts';

const member = (id: string, model: string) => ({ id, name: `run of ${model}`, model });
const FIVE = [
  member('r-1', 'vgg19'),
  member('r-2', 'vgg16'),
  member('r-3', 'vgg11'),
  member('r-4', 'vgg13'),
  member('r-5', 'vgg16_c1'),
];

test.each<[string, RuleRequest, object]>([
  ['without a choice the 11-layer network decides', {}, { kind: 'majority', fallbackMember: 2 }],
  ['fallback by id', { fallback: 'r-4' }, { kind: 'majority', fallbackMember: 3 }],
  ['fallback by network', { fallback: 'vgg16' }, { kind: 'majority', fallbackMember: 1 }],
  ['fallback by name', { kind: 'fallback', fallback: 'run of vgg19' }, { kind: 'fallback', fallbackMember: 0 }],
  ['mean', { kind: 'mean' }, { kind: 'mean' }],
  ['weighted', { kind: 'weighted', weights: [1, 2, 0, 1, 1] }, { kind: 'weighted', weights: [1, 2, 0, 1, 1] }],
])('%s', (_what, request, rule) => {
  expect(resolveRule(request, FIVE)).toEqual(rule);
});

test('without an 11-layer network the first member decides', () => {
  expect(resolveRule({}, FIVE.slice(3))).toEqual({ kind: 'majority', fallbackMember: 0 });
});

test.each<[string, RuleRequest, typeof FIVE]>([
  ['a fallback that is no member', { fallback: 'r-9' }, FIVE],
  ['too few weights', { kind: 'weighted', weights: [1] }, FIVE],
  ['weights of nothing', { kind: 'weighted', weights: [0, 0, 0, 0, 0] }, FIVE],
  ['no members', {}, []],
  ['a run twice', {}, [...FIVE, ...FIVE.slice(0, 1)]],
])('refused: %s', (_what, request, members) => {
  expect(() => resolveRule(request, members)).toThrow(expect.objectContaining({ code: 'ensemble.badMembers' }));
});
