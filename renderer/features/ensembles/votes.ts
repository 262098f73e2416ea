/** Voting in a few words. */
import type { Decision, VotingRule } from '../../../contract/voting.ts';

export const WHY_WORDS: Readonly<Record<Decision, string>> = {
  unanimous: 'all agree',
  majority: 'majority',
  tie: 'tie',
  allDiffer: 'all differ',
  mean: 'mean',
  weighted: 'weighted',
  fallback: 'one decides',
};

export const RULE_WORDS: Readonly<Record<VotingRule['kind'], string>> = {
  majority: 'majority',
  mean: 'mean probability',
  weighted: 'weighted mean probability',
  fallback: 'one member alone',
};
