import { describe, expect, test } from 'vitest';
import type { EnsembleRow } from '../../../contract/api/ensembles.ts';
import type { VotingRule } from '../../../contract/voting.ts';
import { choiceOf, ruleOf, trialOf } from '../../../renderer/features/ensembles/ruleTrial.ts';

const IDS = ['r-1', 'r-2', 'w-3'];

function ensembleWith(rule: VotingRule): EnsembleRow {
  const members = IDS.map((memberId) => ({
    memberId,
    kind: 'run' as const,
    label: memberId,
    name: memberId,
    model: 'vgg11',
    state: 'finished' as const,
    datasetId: 'd-1',
  }));
  return { id: 'e-1', name: 'three', createdAt: '2026-12-01T00:00:00.000Z', ruleInWords: '', rule, members };
}

describe('a rule on trial', () => {
  test.each<VotingRule>([
    { kind: 'mean' },
    { kind: 'weighted', weights: [1, 2, 0.5] },
    { kind: 'majority', fallbackMember: 2 },
    { kind: 'fallback', fallbackMember: 1 },
  ])('begins as the ensemble has it: %j', (rule) => {
    expect(ruleOf(trialOf(ensembleWith(rule)), IDS)).toEqual(rule);
  });

  test('follows the members that vote', () => {
    const weighted = trialOf(ensembleWith({ kind: 'weighted', weights: [1, 2, 0.5] }));
    expect(ruleOf(weighted, ['r-2', 'w-3'])).toEqual({ kind: 'weighted', weights: [2, 0.5] });
    const majority = trialOf(ensembleWith({ kind: 'majority', fallbackMember: 2 }));
    expect(ruleOf(majority, ['r-2', 'w-3'])).toEqual({ kind: 'majority', fallbackMember: 1 });
    // the member that decides does not vote: the first of those that do
    expect(ruleOf(majority, ['r-1', 'r-2'])).toEqual({ kind: 'majority', fallbackMember: 0 });
  });

  test('is saved by the members’ ids', () => {
    const majority = trialOf(ensembleWith({ kind: 'majority', fallbackMember: 2 }));
    expect(choiceOf(majority, IDS)).toEqual({ kind: 'majority', fallback: 'w-3' });
    expect(choiceOf(trialOf(ensembleWith({ kind: 'mean' })), IDS)).toEqual({ kind: 'mean' });
    const weighted = trialOf(ensembleWith({ kind: 'weighted', weights: [1, 2, 0.5] }));
    expect(choiceOf(weighted, ['r-1', 'w-3'])).toEqual({ kind: 'weighted', weights: [1, 0.5] });
  });
});
