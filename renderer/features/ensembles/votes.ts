/** Voting in a few words. */
import type { Decision, MemberKind, VotingRule } from '../../../contract/voting.ts';

export const WHY_WORDS: Readonly<Record<Decision, string>> = {
  unanimous: 'all agree',
  majority: 'majority',
  tie: 'tie',
  allDiffer: 'all disagree',
  mean: 'mean',
  weighted: 'weighted',
  fallback: 'single member',
};

export const RULE_WORDS: Readonly<Record<VotingRule['kind'], string>> = {
  majority: 'Majority',
  mean: 'Mean probability',
  weighted: 'Weighted mean probability',
  fallback: 'Single member',
};

/** The page of a member. */
export function memberPage({ kind, memberId }: { readonly kind: MemberKind; readonly memberId: string }): string {
  return `/${kind === 'run' ? 'runs' : 'weights'}/${memberId}`;
}
