/** Another rule, or fewer members, tried on what an ensemble's members have said already. */
import type { z } from 'zod';
import type { EnsembleRow, RuleChoice } from '../../../contract/api/ensembles.ts';
import type { VotingRule } from '../../../contract/voting.ts';

export interface Trial {
  readonly kind: VotingRule['kind'];
  /** Member that decides where all differ, or alone. */ readonly fallback: string;
  readonly weights: Readonly<Record<string, number>>;
  /** Members that vote. */ readonly on: readonly string[];
}

/** The rule as the ensemble has it. */
export function trialOf({ members, rule }: EnsembleRow): Trial {
  const weights = members.map(
    ({ memberId }, i) => [memberId, rule.kind === 'weighted' ? (rule.weights[i] ?? 1) : 1] as const,
  );
  return {
    kind: rule.kind,
    on: members.map(({ memberId }) => memberId),
    fallback: members['fallbackMember' in rule ? rule.fallbackMember : 0]?.memberId ?? '',
    weights: Object.fromEntries(weights),
  };
}

/** For a vote. @param voters those that vote, in the ensemble's order */
export function ruleOf({ kind, weights, fallback }: Trial, voters: readonly string[]): VotingRule {
  if (kind === 'mean') return { kind };
  if (kind === 'weighted') return { kind, weights: voters.map((id) => weights[id] ?? 1) };
  return { kind, fallbackMember: Math.max(0, voters.indexOf(fallback)) };
}

/** To save it. @param voters those that vote, in the ensemble's order */
export function choiceOf(trial: Trial, voters: readonly string[]): z.input<typeof RuleChoice> {
  const rule = ruleOf(trial, voters);
  return 'fallbackMember' in rule ? { kind: rule.kind, fallback: voters[rule.fallbackMember] ?? '' } : rule;
}
