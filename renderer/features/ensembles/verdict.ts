/** Whether a vote is better than its best member. */
import type { VoteReport } from '../../../contract/api/ensembles.ts';

type Member = VoteReport['members'][number];
export interface Verdict {
  readonly best: Member;
  /** Of the vote's accuracy over the best member's, as a share: −0.004 is 0.4 points below. */
  readonly difference: number;
  /** Whether McNemar's exact test calls the difference significant at 5 %. */
  readonly significant: boolean;
}

const LEVEL = 0.05;

/** Null where nothing is labelled. */
export function verdictOf({ vote, members }: Pick<VoteReport, 'vote' | 'members'>): Verdict | null {
  const voted = vote?.accuracy ?? null;
  const accuracyOf = ({ top1 }: Member): number => top1?.accuracy ?? -1;
  const [best] = [...members].sort((a, b) => accuracyOf(b) - accuracyOf(a));
  if (voted === null || !best || accuracyOf(best) < 0) return null;
  return { best, difference: voted - accuracyOf(best), significant: (best.pValue ?? 1) < LEVEL };
}
