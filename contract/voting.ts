/** Voting: several networks decide on one picture. */
import { z } from 'zod';

export const VotingRule = z.discriminatedUnion('kind', [
  /** Most votes; ties go to the tied class with the higher summed probability; where all differ, the fallback member decides. */
  z.object({ kind: z.literal('majority'), fallbackMember: z.int().min(0) }),
  z.object({ kind: z.literal('mean') }),
  z.object({ kind: z.literal('weighted'), weights: z.array(z.number().min(0)) }),
  z.object({ kind: z.literal('fallback'), fallbackMember: z.int().min(0) }),
]);
export type VotingRule = z.infer<typeof VotingRule>;

/** Why a decision came out as it did. */
export const Decision = z.enum(['unanimous', 'majority', 'tie', 'allDiffer', 'mean', 'weighted', 'fallback']);
export type Decision = z.infer<typeof Decision>;
