/** An ensemble that labelled images choose: half of them select its members, the others say how good it is. */
import { StudioError } from '../../../contract/errors.ts';
import { wilsonInterval } from '../../../pure/statistics/wilson.ts';
import { keyedRandom } from '../../data/random.ts';
import type { Ensemble } from '../../db/ensembleRepository.ts';
import { evaluateEnsemble } from '../../evaluate/ensemble.ts';
import { selectGreedily } from '../../evaluate/greedySelection.ts';
import { mcNemarExact, pairedCounts } from '../../evaluate/pairedComparison.ts';
import { readProbabilities } from '../../evaluate/probabilityFile.ts';
import { vote } from '../../evaluate/vote.ts';
import type { StudioContext, WorkOptions } from '../context.ts';
import type { EvaluationHandlers } from './evaluations.ts';
import { findMembers, type MemberName, memberOfId } from './members.ts';
import type { PredictionRequest } from './predictions.ts';
import { ofMember } from './vote.ts';
import type { RuleRequest } from './votingRule.ts';

export interface SelectRequest extends Pick<PredictionRequest, 'images' | 'checkpoint' | 'device' | 'batchSize'> {
  /** Of the ensemble. */
  readonly name: string;
  readonly members: readonly MemberName[];
  /** How many times a member is taken at most. */
  readonly steps?: number;
  /** Decides which half of the images selects. */
  readonly seed?: number;
}

export interface SelectionReport {
  readonly ensemble: Ensemble;
  readonly members: {
    readonly id: string;
    readonly name: string;
    /** How often it was taken, which is its weight; 0: left out. */
    readonly count: number;
    /** Top-1 on the half that says how good the ensemble is. */
    readonly top1: number;
  }[];
  /** Images that selected, and the share of them that the selection gets right: too good to go by. */
  readonly selecting: { readonly images: number; readonly top1: number };
  /** The others. */
  readonly estimate: {
    readonly images: number;
    readonly top1: number;
    readonly low: number;
    readonly high: number;
    /** Member that was best on the selecting half. */
    readonly bestMember: string;
    readonly bestTop1: number;
    /** Of McNemar's exact test between the two. */
    readonly pValue: number;
  };
}

const STEPS = 20;
/** Fewer choose by chance. */
const FEWEST_IMAGES = 20;

interface Using {
  readonly context: StudioContext;
  readonly evaluations: EvaluationHandlers;
  readonly create: (request: { name: string; members: readonly MemberName[]; rule: RuleRequest }) => Promise<Ensemble>;
}

/** @throws {StudioError} `input.invalid`: too few labelled images; as votes and ensembles do */
export async function selectEnsemble(
  { context, evaluations, create }: Using,
  { name, members: names, images, checkpoint, device, batchSize, steps = STEPS, seed = 0 }: SelectRequest,
  work: WorkOptions = {},
): Promise<SelectionReport> {
  const members = await findMembers(context, names);
  const stored = [];
  for (const [i, { kind, id, model }] of members.entries())
    stored.push(
      await evaluations.predict(
        { network: { kind, text: id }, images, checkpoint, device, batchSize },
        ofMember(work, `${model} (${i + 1}/${members.length})`),
      ),
    );
  const result = evaluateEnsemble(await Promise.all(stored.map(({ path }) => readProbabilities(path))), {
    kind: 'mean',
  });
  const { labels, classes } = result.index;
  const [selecting, others] = halves(labels, seed);
  const probabilities = result.members.map((member) => member.probabilities);
  const { counts, accuracies } = selectGreedily(probabilities, labels, { classes, images: selecting, steps });

  const chosen = counts.flatMap((count, i) => (count > 0 ? [i] : []));
  const { decision } = vote(
    chosen.map((i) => probabilities[i]!),
    { classes, rule: { kind: 'weighted', weights: chosen.map((i) => counts[i]!) } },
  );
  const rightOf = (said: ArrayLike<number>, some: readonly number[]): number =>
    some.filter((image) => said[image] === labels[image]).length;
  const best = bestOf(result.memberClass.map((said) => rightOf(said, selecting)));
  const own = others.map((image) => labels[image]!);
  const { onlyFirst, onlySecond } = pairedCounts(
    others.map((image) => decision[image]!),
    others.map((image) => result.memberClass[best]![image]!),
    own,
  );
  const right = rightOf(decision, others);
  const ensemble = await create({
    name,
    members: chosen.map((i) => memberOfId(members[i]!.id)),
    rule: { kind: 'weighted', weights: chosen.map((i) => counts[i]!) },
  });
  return {
    ensemble,
    members: members.map(({ id, name: memberName }, i) => ({
      id,
      name: memberName,
      count: counts[i]!,
      top1: rightOf(result.memberClass[i]!, others) / others.length,
    })),
    selecting: { images: selecting.length, top1: accuracies.at(-1)! },
    estimate: {
      images: others.length,
      top1: right / others.length,
      ...wilsonInterval(right, others.length),
      bestMember: members[best]!.name,
      bestTop1: rightOf(result.memberClass[best]!, others) / others.length,
      pValue: mcNemarExact(onlyFirst, onlySecond),
    },
  };
}

/** Labelled images, drawn into two halves. */
function halves(labels: readonly number[], seed: number): [selecting: number[], others: number[]] {
  const labelled = labels.flatMap((label, image) => (label >= 0 ? [image] : []));
  if (labelled.length < FEWEST_IMAGES)
    throw new StudioError(
      'input.invalid',
      `${labelled.length} labelled images are too few to choose by: half of them select, the others say how good the ` +
        'choice is.',
      { remedy: `Choose a split with at least ${FEWEST_IMAGES} labelled images.` },
    );
  const random = keyedRandom(seed, 'ensemble selection');
  for (let i = labelled.length - 1; i > 0; i--) {
    const j = random.int(i + 1);
    [labelled[i], labelled[j]] = [labelled[j]!, labelled[i]!];
  }
  const half = Math.ceil(labelled.length / 2);
  return [labelled.slice(0, half).sort((a, b) => a - b), labelled.slice(half).sort((a, b) => a - b)];
}

/** The first of the highest. */
function bestOf(values: readonly number[]): number {
  return values.reduce((at, value, i) => (value > values[at]! ? i : at), 0);
}
