/** From the members' stored predictions to the vote and everything said about it. */
import { StudioError } from '../../contract/errors.ts';
import { DECISIONS, type Decision, type VotingRule } from '../../contract/voting.ts';
import type { PredictionIndex, Predictions } from './probabilityFile.ts';
import { requireCommonClasses, uniteClasses, type ClassList } from '../../pure/classes/classMatch.ts';
import { inColumns } from './classColumns.ts';
import { agreementMatrix, memberGains, oracleAccuracy, type MemberGain } from './memberMetrics.ts';
import { decisionAccuracy, probabilityMetrics, type Accuracy, type ProbabilityMetrics } from './metrics.ts';
import { mcNemarExact, pairedCounts } from './pairedComparison.ts';
import { vote, type VoteResult } from './vote.ts';

export interface EnsembleResult extends VoteResult {
  /** As they were given, over the classes of all of them. */
  readonly members: readonly Predictions[];
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
 * Votes and measures. Members may know other classes, or the same in another order: they are matched by id and name,
 * and a member gives a class that it does not know the probability 0. All must have predicted the same images in the
 * same order.
 * @throws {StudioError} `ensemble.badMembers`, `prediction.classMismatch`, `prediction.invalid`
 */
export function evaluateEnsemble(given: readonly Predictions[], rule: VotingRule): EnsembleResult {
  const members = alignMembers(given);
  const index = { ...members[0]!.index, labels: sharedLabels(members) };
  const probabilities = members.map((member) => member.probabilities);
  const options = { classes: index.classes, rule };
  const result = vote(probabilities, options);
  const whyCounts: Partial<Record<Decision, number>> = {};
  for (const code of result.why) whyCounts[DECISIONS[code]!] = (whyCounts[DECISIONS[code]!] ?? 0) + 1;
  const labelled = index.labels.reduce((count, label) => count + (label >= 0 ? 1 : 0), 0);
  return {
    ...result,
    members,
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

/**
 * The members' predictions over the classes of all of them: those of the first in its order, then those that only later
 * ones know. Each keeps its own labels.
 * @throws {StudioError} `ensemble.badMembers`: no member
 * @throws {StudioError} `prediction.classMismatch`: other images, or no class in common with the first member
 */
export function alignMembers(members: readonly Predictions[]): Predictions[] {
  const first = members[0]?.index;
  if (!first)
    throw new StudioError('ensemble.badMembers', 'An ensemble without members cannot vote.', {
      remedy: 'Add at least one trained network.',
    });
  for (const [member, { index }] of members.entries()) {
    const image = firstDifference(first.paths, index.paths);
    if (image !== null) {
      throw new StudioError(
        'prediction.classMismatch',
        `Members 1 and ${member + 1} did not predict the same images: image ${image + 1} is ` +
          `"${first.paths[image] ?? 'missing'}" for one and "${index.paths[image] ?? 'missing'}" for the other.`,
        { remedy: 'Predict the same images with every member.' },
      );
    }
    requireCommonClasses(classesOf(first), classesOf(index), { network: 'Member 1', data: `member ${member + 1}` });
  }
  const { classes, places } = uniteClasses(members.map(({ index }) => classesOf(index)));
  return members.map((member, at) => {
    const { index, probabilities } = member;
    const labels = index.labels.map((label) => (label < 0 ? -1 : places[at]!.indexOf(label)));
    return {
      index: {
        ...index,
        classes: classes.ids.length,
        classIds: [...classes.ids],
        classNames: [...classes.names],
        labels,
      },
      probabilities: inColumns(probabilities, index.classes, { outputOf: places[at]! }),
    };
  });
}

function classesOf({ classIds, classNames }: PredictionIndex): ClassList {
  return { ids: classIds, names: classNames };
}

/** Each image's class by the first member that knows it; −1 where none does. */
function sharedLabels(members: readonly Predictions[]): number[] {
  return members[0]!.index.labels.map(
    (_, image) => members.map(({ index }) => index.labels[image]!).find((label) => label >= 0) ?? -1,
  );
}

function firstDifference(a: readonly string[], b: readonly string[]): number | null {
  const length = Math.max(a.length, b.length);
  for (let at = 0; at < length; at++) if (a[at] !== b[at]) return at;
  return null;
}

/**
 * Whether the vote and a member are equally good, by the images that only one of them gets right: McNemar's exact test,
 * two-sided; null where nothing is labelled.
 */
export function votePValue(
  { decision, memberClass, index, labelled }: Omit<EnsembleResult, 'members'>,
  member: number,
): number | null {
  if (labelled === 0) return null;
  const { onlyFirst, onlySecond } = pairedCounts(decision, memberClass[member]!, index.labels);
  return mcNemarExact(onlyFirst, onlySecond);
}
