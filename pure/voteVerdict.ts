/** Whether a vote is better than its best member. */

export interface Voter {
  /** Share of labelled images that it gets right; null without labels. */
  readonly accuracy: number | null;
  /** Two-sided p-value of McNemar's exact test against the vote; null where it was not computed. */
  readonly pValue: number | null;
}

export interface VoteVerdict<V extends Voter> {
  readonly best: V;
  /** Of the vote's accuracy over the best member's, as a share: −0.004 is 0.4 points below. */
  readonly difference: number;
  /** Whether McNemar's exact test calls the difference significant at 5 %. */
  readonly significant: boolean;
}

const LEVEL = 0.05;

/** Null where nothing is labelled. */
export function voteVerdict<V extends Voter>(vote: number | null, members: readonly V[]): VoteVerdict<V> | null {
  const [best] = [...members].sort((a, b) => (b.accuracy ?? -1) - (a.accuracy ?? -1));
  if (vote === null || !best || best.accuracy === null) return null;
  return { best, difference: vote - best.accuracy, significant: (best.pValue ?? 1) < LEVEL };
}
