/** Several networks decide on one picture, from their stored probabilities alone. */
import { StudioError } from '../../contract/errors.ts';
import { DECISIONS, type Decision, type VotingRule } from '../../contract/voting.ts';

export interface VoteOptions {
  readonly classes: number;
  readonly rule: VotingRule;
}

export interface VoteResult {
  /** Chosen class of each image. */
  readonly decision: Int32Array;
  /** Why, as an index into `DECISIONS`. */
  readonly why: Uint8Array;
  /** Each member's own class of each image, in member order. */
  readonly memberClass: Int32Array[];
}

/** Float32 softmax outputs may exceed 1 by rounding; anything further away is no probability. */
const LARGEST_PROBABILITY = 1.001;

const CODE = Object.fromEntries(DECISIONS.map((name, code) => [name, code])) as Record<Decision, number>;

/**
 * Class with the highest value in each row of `[images, classes]`; equal values: the lower class.
 * @throws {StudioError} `prediction.invalid`: where a value is not a finite number from 0 to 1
 */
export function topClass(probabilities: Float32Array, classes: number, member = 0): Int32Array {
  const images = probabilities.length / classes;
  const top = new Int32Array(images);
  for (let image = 0, at = 0; image < images; image++) {
    let best = -1;
    let bestClass = 0;
    for (let c = 0; c < classes; c++, at++) {
      const p = probabilities[at]!;
      if (!(p >= 0 && p <= LARGEST_PROBABILITY)) throw notAProbability(p, member, image, c);
      if (p > best) {
        best = p;
        bestClass = c;
      }
    }
    top[image] = bestClass;
  }
  return top;
}

/**
 * The ensemble's decision on every image. `members`: one row-major `[images, classes]` array of probabilities a
 * network. Rows are independent, so a large set can be voted on block by block. Sums are taken in float64 in member
 * order and equal sums go to the lower class, so the same files always give the same decisions.
 * @throws {StudioError} `ensemble.badMembers`: for no members, or a rule that names one that is not there
 * @throws {StudioError} `prediction.classMismatch`: where the arrays do not have the same whole number of rows
 * @throws {StudioError} `prediction.invalid`: where a value is not a finite number from 0 to 1
 */
export function vote(members: readonly Float32Array[], options: VoteOptions): VoteResult {
  const { classes, rule } = options;
  const images = checkShapes(members, classes);
  checkRule(rule, members.length);
  const memberClass = members.map((probabilities, member) => topClass(probabilities, classes, member));
  const decision = new Int32Array(images);
  const why = new Uint8Array(images);
  switch (rule.kind) {
    case 'majority':
      majority(members, memberClass, classes, rule.fallbackMember, decision, why);
      break;
    case 'mean':
      weightedSum(
        members,
        members.map(() => 1),
        classes,
        decision,
      );
      why.fill(CODE.mean);
      break;
    case 'weighted':
      weightedSum(members, rule.weights, classes, decision);
      why.fill(CODE.weighted);
      break;
    case 'fallback':
      decision.set(memberClass[rule.fallbackMember]!);
      why.fill(CODE.fallback);
      break;
  }
  return { decision, why, memberClass };
}

/** @throws {StudioError} `ensemble.badMembers`: unless `rule` fits an ensemble of `count` members */
export function checkRule(rule: VotingRule, count: number): void {
  if (
    (rule.kind === 'majority' || rule.kind === 'fallback') &&
    !(Number.isInteger(rule.fallbackMember) && rule.fallbackMember >= 0 && rule.fallbackMember < count)
  ) {
    throw new StudioError(
      'ensemble.badMembers',
      `The fallback is member ${rule.fallbackMember + 1}, but the ensemble has ${count}.`,
      { remedy: 'Choose one of the members as fallback.' },
    );
  }
  if (rule.kind === 'weighted') {
    if (rule.weights.length !== count) {
      throw new StudioError(
        'ensemble.badMembers',
        `The rule has ${rule.weights.length} weights for ${count} members.`,
        { remedy: 'Give one weight a member, in member order.' },
      );
    }
    const sum = rule.weights.reduce((total, weight) => total + weight, 0);
    if (!(sum > 0 && Number.isFinite(sum)) || rule.weights.some((weight) => weight < 0)) {
      throw new StudioError(
        'ensemble.badMembers',
        `The weights ${rule.weights.join(', ')} do not add up to a positive number.`,
        { remedy: 'Give weights of 0 or more, at least one of them above 0.' },
      );
    }
  }
}

function checkShapes(members: readonly Float32Array[], classes: number): number {
  const first = members[0];
  if (!first)
    throw new StudioError('ensemble.badMembers', 'An ensemble without members cannot vote.', {
      remedy: 'Add at least one trained network.',
    });
  if (!(Number.isInteger(classes) && classes > 0))
    throw new StudioError('input.invalid', `The number of classes is ${classes}; it must be a whole number above 0.`);
  for (const [member, probabilities] of members.entries()) {
    if (probabilities.length % classes !== 0 || probabilities.length !== first.length) {
      throw new StudioError(
        'prediction.classMismatch',
        `Member ${member + 1} has ${probabilities.length} probabilities; member 1 has ${first.length}, and ` +
          `${classes} classes need a multiple of ${classes}.`,
        { remedy: 'Let all members predict the same images with the same classes.' },
      );
    }
  }
  return first.length / classes;
}

function majority(
  members: readonly Float32Array[],
  memberClass: readonly Int32Array[],
  classes: number,
  fallback: number,
  decision: Int32Array,
  why: Uint8Array,
): void {
  const count = members.length;
  const votes = new Int32Array(classes);
  for (let image = 0; image < decision.length; image++) {
    let distinct = 0;
    let most = 0;
    for (const own of memberClass) {
      const total = ++votes[own[image]!]!;
      if (total === 1) distinct++;
      if (total > most) most = total;
    }
    if (distinct === 1) {
      decision[image] = memberClass[0]![image]!;
      why[image] = CODE.unanimous;
    } else if (distinct === count) {
      decision[image] = memberClass[fallback]![image]!;
      why[image] = CODE.allDiffer;
    } else {
      why[image] =
        strongest(members, memberClass, classes, image, votes, most, decision) === 1 ? CODE.majority : CODE.tie;
    }
    for (const own of memberClass) votes[own[image]!] = 0;
  }
}

/**
 * Writes the class with `most` votes, or of several the one with the highest summed probability; returns how many
 * classes have `most`.
 */
function strongest(
  members: readonly Float32Array[],
  memberClass: readonly Int32Array[],
  classes: number,
  image: number,
  votes: Int32Array,
  most: number,
  decision: Int32Array,
): number {
  let tied = 0;
  let bestSum = -1;
  let bestClass = -1;
  for (let member = 0; member < memberClass.length; member++) {
    const c = memberClass[member]![image]!;
    if (votes[c] !== most || seenBefore(memberClass, member, image, c)) continue;
    tied++;
    let sum = 0;
    for (const probabilities of members) sum += probabilities[image * classes + c]!;
    if (sum > bestSum || (sum === bestSum && c < bestClass)) {
      bestSum = sum;
      bestClass = c;
    }
  }
  decision[image] = bestClass;
  return tied;
}

function seenBefore(memberClass: readonly Int32Array[], member: number, image: number, c: number): boolean {
  for (let earlier = 0; earlier < member; earlier++) if (memberClass[earlier]![image] === c) return true;
  return false;
}

function weightedSum(
  members: readonly Float32Array[],
  weights: readonly number[],
  classes: number,
  decision: Int32Array,
): void {
  const sums = new Float64Array(classes);
  for (let image = 0; image < decision.length; image++) {
    sums.fill(0);
    for (let member = 0; member < members.length; member++) {
      const probabilities = members[member]!;
      const weight = weights[member]!;
      for (let c = 0, at = image * classes; c < classes; c++, at++) sums[c]! += weight * probabilities[at]!;
    }
    let best = 0;
    for (let c = 1; c < classes; c++) if (sums[c]! > sums[best]!) best = c;
    decision[image] = best;
  }
}

function notAProbability(value: number, member: number, image: number, c: number): StudioError {
  return new StudioError(
    'prediction.invalid',
    `Member ${member + 1} gives image ${image + 1} the value ${value} for class ${c + 1}; a probability from 0 ` +
      'to 1 was expected.',
    {
      remedy: Number.isFinite(value)
        ? 'Store probabilities (softmax outputs), not logits.'
        : 'The network diverged or its predictions are damaged: predict again from an earlier checkpoint, or leave ' +
          'it out.',
      details: { member, image, class: c, value: String(value) },
    },
  );
}
