/** From the members' stored predictions to the vote and everything said about it. */
import { StudioError } from '../../contract/errors.ts';
import { DECISIONS, type Decision, type VotingRule } from '../../contract/voting.ts';
import type { PredictionIndex, Predictions } from './probabilityFile.ts';
import { agreementMatrix, memberGains, oracleAccuracy, type MemberGain } from './memberMetrics.ts';
import { decisionAccuracy, probabilityMetrics, type Accuracy, type ProbabilityMetrics } from './metrics.ts';
import { vote, type VoteResult } from './vote.ts';

export interface EnsembleResult extends VoteResult {
  /** What all members share: images, labels, classes. */
  readonly index: PredictionIndex;
  readonly rule: VotingRule;
  readonly labelled: number;
  /** Images a reason. */
  readonly whyCounts: Partial<Record<Decision, number>>;
  readonly agreement: number[][];
  /** Null where nothing is labelled. */
  readonly scores: {
    readonly members: ProbabilityMetrics[];
    readonly vote: Accuracy;
    readonly oracle: Accuracy;
    readonly gains: MemberGain[];
  } | null;
}

/**
 * Votes and measures. Labels are those of the first member; the others must have predicted the same images in the same order.
 * @throws ensemble.badMembers, prediction.classMismatch, prediction.invalid
 */
export function evaluateEnsemble(members: readonly Predictions[], rule: VotingRule): EnsembleResult {
  const index = sharedIndex(members);
  const probabilities = members.map((member) => member.probabilities);
  const options = { classes: index.classes, rule };
  const result = vote(probabilities, options);
  const whyCounts: Partial<Record<Decision, number>> = {};
  for (const code of result.why) whyCounts[DECISIONS[code]!] = (whyCounts[DECISIONS[code]!] ?? 0) + 1;
  const labelled = index.labels.reduce((count, label) => count + (label >= 0 ? 1 : 0), 0);
  return {
    ...result,
    index,
    rule,
    labelled,
    whyCounts,
    agreement: agreementMatrix(result.memberClass),
    scores:
      labelled === 0
        ? null
        : {
            members: probabilities.map((own) => probabilityMetrics(own, index.labels, index.classes)),
            vote: decisionAccuracy(result.decision, index.labels),
            oracle: oracleAccuracy(result.memberClass, index.labels),
            gains: memberGains(probabilities, index.labels, options),
          },
  };
}

/** The first member's index, after checking that the others are about the same images and classes. */
function sharedIndex(members: readonly Predictions[]): PredictionIndex {
  const first = members[0]?.index;
  if (!first)
    throw new StudioError('ensemble.badMembers', 'An ensemble without members cannot vote.', {
      remedy: 'Add at least one trained network.',
    });
  for (const [member, { index }] of members.entries()) {
    const difference = firstDifference(first.classIds, index.classIds);
    if (difference !== null) {
      throw new StudioError(
        'prediction.classMismatch',
        `Members 1 and ${member + 1} do not have the same classes in the same order: class ${difference + 1} is "${first.classIds[difference] ?? 'missing'}" in one and "${index.classIds[difference] ?? 'missing'}" in the other.`,
        { remedy: 'Vote with networks trained on the same data set.' },
      );
    }
    const image = firstDifference(first.paths, index.paths);
    if (image !== null) {
      throw new StudioError(
        'prediction.classMismatch',
        `Members 1 and ${member + 1} did not predict the same images: image ${image + 1} is "${first.paths[image] ?? 'missing'}" for one and "${index.paths[image] ?? 'missing'}" for the other.`,
        { remedy: 'Predict the same images with every member.' },
      );
    }
  }
  return first;
}

function firstDifference(a: readonly string[], b: readonly string[]): number | null {
  const length = Math.max(a.length, b.length);
  for (let at = 0; at < length; at++) if (a[at] !== b[at]) return at;
  return null;
}
