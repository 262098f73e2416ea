/** Voting: several networks decide on one picture. */
import { z } from 'zod';

export const VotingRule = z.discriminatedUnion('kind', [
  /**
   * Most votes; ties go to the tied class with the higher summed probability; where all differ, the fallback member
   * decides.
   */
  z.object({ kind: z.literal('majority'), fallbackMember: z.int().min(0) }),
  z.object({ kind: z.literal('mean') }),
  z.object({ kind: z.literal('weighted'), weights: z.array(z.number().min(0)) }),
  z.object({ kind: z.literal('fallback'), fallbackMember: z.int().min(0) }),
]);
export type VotingRule = z.infer<typeof VotingRule>;

/** What votes: a run, or imported weights. */
export const MemberKind = z.enum(['run', 'weights']);
export type MemberKind = z.infer<typeof MemberKind>;

/** The ids of imported weights begin with a letter of their own. */
export function memberKindOf(id: string): MemberKind {
  return id.startsWith('w-') ? 'weights' : 'run';
}

/** Why a decision came out as it did. */
export const Decision = z.enum(['unanimous', 'majority', 'tie', 'allDiffer', 'mean', 'weighted', 'fallback']);
export type Decision = z.infer<typeof Decision>;

/** Every `Decision` in the order of its one-byte code. */
export const DECISIONS: readonly Decision[] = Decision.options;

/** The rule as a sentence, members named by `labels` (in member order). */
export function ruleInWords(rule: VotingRule, labels: readonly string[]): string {
  const label = (member: number): string => `"${labels[member] ?? `member ${member + 1}`}"`;
  switch (rule.kind) {
    case 'majority':
      return (
        'The class that most members chose. Classes with equally many votes: the one whose ' +
        'probabilities, summed over all members, are highest. ' +
        `Where all members differ: the class of member ${label(rule.fallbackMember)}.`
      );
    case 'mean':
      return 'The class with the highest mean probability over all members.';
    case 'weighted':
      return (
        'The class with the highest weighted mean probability; weights ' +
        `${rule.weights.map((weight, member) => `${label(member)} ${weight}`).join(', ')}.`
      );
    case 'fallback':
      return `The class that member ${label(rule.fallbackMember)} chose; the other members are shown and do not count.`;
  }
}
