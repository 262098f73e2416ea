/** Whether a figure measured here agrees with a published one, and why; never a yes without its reason. */
import type { Verdict } from '../../contract/results/reproduction.ts';
import { studentQuantile } from '../../pure/statistics/studentT.ts';
import { wilsonInterval } from '../../pure/statistics/wilson.ts';
import type { Interval } from './metrics.ts';

/** Two-sided 95 %. */
const Z = 1.959963984540054;

export interface PublishedFigure {
  /** Share from 0 to 1. */
  readonly share: number;
  /** Digits behind the decimal point of the published percentage: 35.91 has two. */
  readonly decimals: number;
}

export interface SampledFigure {
  readonly correct: number;
  readonly total: number;
  /**
   * Images of the set that the published figure was measured on, where ours are a sample of them; null: another set.
   */
  readonly population: number | null;
}

/** Half the width that an interval may have for its agreement to count in a table: one point. */
const DECISIVE_HALF_WIDTH = 0.01;

export interface VerdictLimits {
  /** What another decoder or resizer may change, as a share; 0.001 is one image in a thousand. */
  readonly tolerance?: number;
  /** Half the width that the interval may have for its agreement to count, as a share. */
  readonly decisiveHalfWidth?: number;
}

/** The same weights on the same images, or on a sample of them. */
export function compareSameWeights(
  published: PublishedFigure,
  ours: SampledFigure,
  { tolerance = 0.001, decisiveHalfWidth = DECISIVE_HALF_WIDTH }: VerdictLimits = {},
): Verdict {
  const { correct, total, population } = ours;
  const share = correct / total;
  if (population !== null && total >= population) {
    const slack = roundingOf(published) + tolerance;
    const interval = { low: share - slack, high: share + slack };
    const distance = Math.abs(share - published.share);
    return {
      kind: distance <= slack ? 'agrees' : 'differs',
      interval,
      reason: `all ${total} images: ${points(distance)} apart, up to ${points(slack)} is rounding and decoding`,
    };
  }
  const interval = population === null ? wilsonInterval(correct, total) : sampleInterval(share, total, population);
  return judge(published, interval, { share, population, decisiveHalfWidth, what: `${total} images` });
}

/**
 * Networks trained here under several seeds, beside one published training: the interval in which one more training is
 * expected, mean ± t · sd · √(1 + 1/k). With one seed only the images' sampling error is known, and the reason says so.
 * @param shares accuracy of each seed on the same images
 */
export function compareRetrained(published: PublishedFigure, shares: readonly number[], images: number): Verdict {
  const [first] = shares;
  if (first === undefined) return { kind: 'notComparable', reason: 'nothing was measured' };
  if (shares.length === 1) {
    const interval = wilsonInterval(Math.round(first * images), images);
    return judge(published, interval, {
      share: first,
      population: null,
      decisiveHalfWidth: DECISIVE_HALF_WIDTH,
      what: `${images} images, one seed; other seeds vary too`,
    });
  }
  const count = shares.length;
  const mean = shares.reduce((sum, share) => sum + share, 0) / count;
  const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / (count - 1);
  const half = studentQuantile(0.05, count - 1) * Math.sqrt(variance * (1 + 1 / count));
  const interval = { low: mean - half, high: mean + half };
  const slack = roundingOf(published);
  const inside = published.share >= interval.low - slack && published.share <= interval.high + slack;
  return {
    kind: inside ? 'agrees' : 'differs',
    interval,
    reason:
      `${count} seeds, mean ${percent(mean)}: one more training is expected from ${percent(interval.low)} to ` +
      `${percent(interval.high)}`,
  };
}

/**
 * Images that make the 95 % interval of `share` as narrow as ± `halfWidth`; of a finite set where `population` is
 * known.
 */
export function imagesNeeded(share: number, halfWidth: number, population: number | null): number {
  // at 0 and 1 the spread is unknown, not zero
  const spread = Math.max(share * (1 - share), 0.01 * 0.99);
  const infinite = (Z ** 2 * spread) / halfWidth ** 2;
  return Math.ceil(population === null ? infinite : infinite / (1 + (infinite - 1) / population));
}

/** Normal interval with the finite population correction: a sample without replacement. */
function sampleInterval(share: number, total: number, population: number): Interval {
  const spread = Math.max(share * (1 - share), 0.01 * 0.99);
  const half = Z * Math.sqrt((spread / total) * ((population - total) / (population - 1)));
  return { low: Math.max(0, share - half), high: Math.min(1, share + half) };
}

interface Judged {
  readonly share: number;
  readonly population: number | null;
  readonly decisiveHalfWidth: number;
  /** On what it was measured, in words. */
  readonly what: string;
}

function judge(
  published: PublishedFigure,
  interval: Interval,
  { share, population, decisiveHalfWidth, what }: Judged,
): Verdict {
  const slack = roundingOf(published);
  const range = `95 % interval from ${percent(interval.low)} to ${percent(interval.high)}`;
  if (published.share < interval.low - slack || published.share > interval.high + slack)
    return { kind: 'differs', interval, reason: `${what}; ${range}` };
  if ((interval.high - interval.low) / 2 <= decisiveHalfWidth)
    return { kind: 'agrees', interval, reason: `${what}; ${range}` };
  const neededImages = imagesNeeded(share, decisiveHalfWidth, population);
  return {
    kind: 'tooFewImages',
    interval,
    neededImages,
    reason: `${what}; ${range}; ${neededImages} images would decide to ${pointsInWords(decisiveHalfWidth)}`,
  };
}

/** Half a unit of the last published digit. */
function roundingOf({ decimals }: PublishedFigure): number {
  return 0.5 * 10 ** -decimals * 0.01;
}

const pointsInWords = (share: number): string => (share === 0.01 ? 'one point' : `${100 * share} points`);
const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
const points = (share: number): string => `${(100 * share).toFixed(2)} points`;
