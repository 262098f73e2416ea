/** Whether a vote is better than its best member. */
import type { VoteReport } from '../../../contract/api/ensembles.ts';

type Member = VoteReport['members'][number];
export interface Verdict {
  readonly best: Member;
  /** Of the vote's accuracy over the best member's, as a share: −0.004 is 0.4 points below. */
  readonly difference: number;
  /** Whether each accuracy lies in the interval of the other; the paired test of two evaluations tells more. */
  readonly withinNoise: boolean;
}

/** Null where nothing is labelled. */
export function verdictOf({ vote, members }: Pick<VoteReport, 'vote' | 'members'>): Verdict | null {
  const voted = vote?.accuracy ?? null;
  const accuracyOf = ({ top1 }: Member): number => top1?.accuracy ?? -1;
  const [best] = [...members].sort((a, b) => accuracyOf(b) - accuracyOf(a));
  if (voted === null || !best || accuracyOf(best) < 0) return null;
  const inside = (share: number, interval: { low: number; high: number } | null | undefined): boolean =>
    interval !== null && interval !== undefined && share >= interval.low && share <= interval.high;
  return {
    best,
    difference: voted - accuracyOf(best),
    withinNoise: inside(accuracyOf(best), vote?.interval) && inside(voted, best.top1?.interval),
  };
}
