/** Axis ticks at round numbers. */

export interface Ticks {
  /** The axis from its first to its last value. */
  readonly low: number;
  readonly high: number;
  readonly values: readonly number[];
  /** Digits after the decimal point that tell the values apart. */
  readonly digits: number;
}

/** Room above and below the values, as a share of their range. */
const ROOM = 0.06;

/**
 * An axis with some room around [low, high] and about `count` ticks in steps of 1, 2 or 5 times a power of ten.
 * `fromZero`: the axis begins at 0, where all values are above it.
 */
export function niceTicks(low: number, high: number, count: number, fromZero = false): Ticks {
  const start = fromZero ? 0 : low;
  const range = high - start || Math.abs(low) * 0.2 || 1;
  const axisLow = fromZero ? 0 : start - range * ROOM;
  const axisHigh = high + range * ROOM;
  const step = niceStep((axisHigh - axisLow) / count);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return {
    low: axisLow,
    high: axisHigh,
    values: multiples(step, axisLow, axisHigh).map((value) => Number(value.toFixed(digits))),
    digits,
  };
}

/** Whole-numbered ticks inside [low, high], about `count` of them. */
export function epochTicks(low: number, high: number, count: number): number[] {
  return multiples(high > low ? Math.max(1, niceStep((high - low) / count)) : 1, low, high);
}

function multiples(step: number, low: number, high: number): number[] {
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.max(0, Math.floor(high / step + 1e-9) - first + 1) }, (_, i) => (first + i) * step);
}

/** The step of 1, 2 or 5 times a power of ten nearest to `rough` by ratio. */
function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const share = rough / power;
  return power * (share < Math.SQRT2 ? 1 : share < Math.sqrt(10) ? 2 : share < Math.sqrt(50) ? 5 : 10);
}
