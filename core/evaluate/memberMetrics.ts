/** What each member of an ensemble adds: agreement, oracle, gain. */
import type { VotingRule } from '../../contract/voting.ts';
import { accuracyOf, decisionAccuracy, type Accuracy } from './metrics.ts';
import { vote } from './vote.ts';

/**
 * Share of images on which members i and j name the same class, `[members][members]`, 1 on the diagonal; over all
 * images, labelled or not.
 */
export function agreementMatrix(memberClass: readonly Int32Array[]): number[][] {
  return memberClass.map((own) =>
    memberClass.map((other) => {
      let same = 0;
      for (let image = 0; image < own.length; image++) if (own[image] === other[image]) same++;
      return own.length > 0 ? same / own.length : 1;
    }),
  );
}

/**
 * Share of labelled images that at least one member gets right: what a perfect choice between the members would reach.
 */
export function oracleAccuracy(memberClass: readonly Int32Array[], labels: ArrayLike<number>): Accuracy {
  let correct = 0;
  let total = 0;
  for (let image = 0; image < labels.length; image++) {
    const label = labels[image]!;
    if (label < 0) continue;
    total++;
    if (memberClass.some((own) => own[image] === label)) correct++;
  }
  return accuracyOf(correct, total);
}

/**
 * The rule for the ensemble without `member`. Without the fallback member itself, the first of the rest takes its
 * place.
 */
export function ruleWithout(rule: VotingRule, member: number): VotingRule {
  switch (rule.kind) {
    case 'mean':
      return rule;
    case 'weighted':
      return { ...rule, weights: rule.weights.filter((_, index) => index !== member) };
    case 'majority':
    case 'fallback':
      return {
        ...rule,
        fallbackMember:
          rule.fallbackMember === member ? 0 : rule.fallbackMember - (rule.fallbackMember > member ? 1 : 0),
      };
  }
}

export interface MemberGain {
  readonly member: number;
  /** The vote's accuracy without this member; null where no vote is left (a single member, or no weight above 0). */
  readonly without: number | null;
  /**
   * Accuracy with all members minus accuracy without this one; above 0: the member helps. Null where `without` is, or
   * nothing is labelled.
   */
  readonly gain: number | null;
}

/** How much the vote's accuracy owes to each member; `members` as for `vote`. */
export function memberGains(
  members: readonly Float32Array[],
  labels: ArrayLike<number>,
  options: { classes: number; rule: VotingRule },
): MemberGain[] {
  const all = decisionAccuracy(vote(members, options).decision, labels).accuracy;
  return members.map((_, member) => {
    const rule = ruleWithout(options.rule, member);
    const canVote = members.length > 1 && !(rule.kind === 'weighted' && rule.weights.every((weight) => weight === 0));
    if (!canVote) return { member, without: null, gain: null };
    const without = decisionAccuracy(
      vote(
        members.filter((_, index) => index !== member),
        { classes: options.classes, rule },
      ).decision,
      labels,
    ).accuracy;
    return { member, without, gain: all === null || without === null ? null : all - without };
  });
}
