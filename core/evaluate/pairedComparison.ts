/** Is one set of decisions better than another on the same images? Exact test, and an interval of the difference. */
import { StudioError } from '../../contract/errors.ts';
import { keyedRandom, type KeyedRandom } from '../data/random.ts';
import type { Interval } from './metrics.ts';

export interface PairedCounts {
  readonly labelled: number;
  readonly both: number;
  readonly onlyFirst: number;
  readonly onlySecond: number;
  readonly neither: number;
}

export interface PairedComparison extends PairedCounts {
  /** Accuracy of the first minus accuracy of the second; null where nothing is labelled. */
  readonly difference: number | null;
  /** Two-sided p-value of McNemar's exact test. */
  readonly pValue: number;
  /** 95 % percentile interval of the difference over resampled images; null where nothing is labelled. */
  readonly interval: Interval | null;
}

/**
 * Who is right where; label −1 is skipped.
 * @throws {StudioError} `prediction.classMismatch`: for unequal lengths
 */
export function pairedCounts(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  labels: ArrayLike<number>,
): PairedCounts {
  if (first.length !== labels.length || second.length !== labels.length) {
    throw new StudioError(
      'prediction.classMismatch',
      `${first.length} and ${second.length} decisions for ${labels.length} labels.`,
      { remedy: 'Compare predictions of the same images.' },
    );
  }
  const counts = [0, 0, 0, 0];
  for (let image = 0; image < labels.length; image++) {
    const label = labels[image]!;
    if (label >= 0) counts[(first[image] === label ? 1 : 0) + (second[image] === label ? 2 : 0)]!++;
  }
  const [neither, onlyFirst, onlySecond, both] = counts as [number, number, number, number];
  return { labelled: neither + onlyFirst + onlySecond + both, both, onlyFirst, onlySecond, neither };
}

/**
 * Compares the decisions of two networks or votes on the same images.
 * @param options rounds: resamples of the images (2,000); seed: of the resampling
 */
export function compareOnSameImages(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  labels: ArrayLike<number>,
  options: { rounds?: number; seed?: number } = {},
): PairedComparison {
  const counts = pairedCounts(first, second, labels);
  const { labelled, onlyFirst, onlySecond } = counts;
  return {
    ...counts,
    difference: labelled > 0 ? (onlyFirst - onlySecond) / labelled : null,
    pValue: mcNemarExact(onlyFirst, onlySecond),
    interval: labelled > 0 ? bootstrapDifference(counts, options.rounds ?? 2000, options.seed ?? 0) : null,
  };
}

/**
 * McNemar's exact test (McNemar 1947): were both equally good, each image that only one gets right would be a fair
 * coin.
 * @returns two-sided p-value; 1 where they never differ
 */
export function mcNemarExact(onlyFirst: number, onlySecond: number): number {
  const tosses = onlyFirst + onlySecond;
  const fewer = Math.min(onlyFirst, onlySecond);
  // ln of C(tosses, fewer) / 2^tosses, then downwards by the ratio of neighbouring terms.
  let logTerm = -tosses * Math.LN2;
  for (let i = 1; i <= fewer; i++) logTerm += Math.log((tosses - fewer + i) / i);
  let term = Math.exp(logTerm);
  let tail = 0;
  for (let heads = fewer; heads >= 0 && term > 0; heads--) {
    tail += term;
    term *= heads / (tosses - heads + 1);
  }
  return Math.min(1, 2 * tail);
}

/**
 * Percentile bootstrap over images (Efron 1979). An image adds +1, −1 or 0 to the difference, so a resample of n images
 * is a draw of how many of each: a binomial one of the images that differ, split by a second.
 */
export function bootstrapDifference(counts: PairedCounts, rounds: number, seed: number): Interval {
  const { labelled, onlyFirst, onlySecond } = counts;
  const differing = onlyFirst + onlySecond;
  const differences = new Float64Array(rounds);
  for (let round = 0; round < rounds; round++) {
    const random = keyedRandom(seed, 'bootstrap', round);
    const drawn = binomial(random, labelled, differing / labelled);
    const firstWins = differing > 0 ? binomial(random, drawn, onlyFirst / differing) : 0;
    differences[round] = (2 * firstWins - drawn) / labelled;
  }
  differences.sort();
  return { low: differences[Math.floor(0.025 * (rounds - 1))]!, high: differences[Math.ceil(0.975 * (rounds - 1))]! };
}

/**
 * Successes in `trials` at chance `p`, by jumping from success to success (geometric gaps): exact, in time proportional
 * to the successes.
 */
function binomial(random: KeyedRandom, trials: number, p: number): number {
  if (p > 0.5) return trials - binomial(random, trials, 1 - p);
  if (p <= 0) return 0;
  const scale = 1 / Math.log1p(-p);
  let successes = 0;
  for (let at = 0; ; successes++) {
    at += Math.floor(Math.log(1 - random.uniform()) * scale) + 1;
    if (at > trials) return successes;
  }
}
