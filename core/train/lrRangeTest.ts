/**
 * Learning-rate range test (Smith 2017, §3.3): the loss while the rate rises from step to step, to see where learning
 * begins and where it breaks.
 */
import type { RunSpec } from '../../contract/runSpec.ts';
import type { BatchSource } from '../data/batches/loader.ts';
import type { Engine } from '../engine/engine.ts';
import { type InitialSource, Trainer } from './trainer.ts';

export interface LrRangeOptions {
  readonly from: number;
  readonly to: number;
  readonly steps: number;
}
export interface LrRangePoint {
  readonly step: number;
  readonly lr: number;
  readonly loss: number;
  /** Exponential mean of the losses so far, bias corrected. */
  readonly smoothLoss: number;
}

const SMOOTHING = 0.9;
/** The test ends where the smoothed loss is this many times its least. */
const BROKEN = 4;

/**
 * Rates on a geometric course from `from` to `to`; ends early once the loss breaks. Weights start as those of a run
 * would, without averages or warm-up.
 */
export async function* lrRangeTest(
  spec: RunSpec,
  env: {
    readonly engine: Engine;
    readonly train: BatchSource;
    readonly initial?: InitialSource;
    readonly signal: AbortSignal;
  },
  { from, to, steps }: LrRangeOptions,
): AsyncGenerator<LrRangePoint> {
  const trainer = new Trainer({ ...spec, averaging: null, schedule: { kind: 'constant' } }, env.engine, env.train);
  try {
    trainer.initialise(await env.initial?.());
    let mean = 0;
    let least = Infinity;
    for (let step = 0; step < steps && !env.signal.aborted; step++) {
      const lr = from * (to / from) ** (steps > 1 ? step / (steps - 1) : 0);
      const { stepsPerEpoch } = env.train;
      const { loss } = trainer.step(env.train.batch(Math.floor(step / stepsPerEpoch), step % stepsPerEpoch), lr, step);
      if (!Number.isFinite(loss)) return;
      mean = SMOOTHING * mean + (1 - SMOOTHING) * loss;
      const smoothLoss = mean / (1 - SMOOTHING ** (step + 1));
      yield { step, lr, loss, smoothLoss };
      least = Math.min(least, smoothLoss);
      if (step > 10 && smoothLoss > BROKEN * least) return;
      await new Promise(setImmediate);
    }
  } finally {
    trainer.dispose();
  }
}

/**
 * Where the smoothed loss falls fastest along the logarithm of the rate, on its way to its least: a good peak for
 * schedules that rise and fall. What comes after has broken, and falls only from where it was thrown to. Null for fewer
 * than five points or no fall.
 */
export function suggestedLr(points: readonly LrRangePoint[]): number | null {
  const least = points.reduce(
    (at, { smoothLoss }, i) => (smoothLoss < (points[at]?.smoothLoss ?? Infinity) ? i : at),
    0,
  );
  let steepest = 0;
  let best: number | null = null;
  for (let i = 2; i <= least - 2; i++) {
    const before = points[i - 2];
    const after = points[i + 2];
    const here = points[i];
    if (!before || !after || !here) continue;
    const slope = (after.smoothLoss - before.smoothLoss) / Math.log(after.lr / before.lr);
    if (slope < steepest) [steepest, best] = [slope, here.lr];
  }
  return best;
}

/** Of the whole fall, what must be behind for learning to have begun. */
const BEGUN = 0.05;

/**
 * Rates at which the loss falls: from where it has begun to, to where it is least (Smith 2017, §3.3: the range that a
 * cyclical rate moves in). Null where it never falls.
 */
export function usableLrs(points: readonly LrRangePoint[]): { from: number; to: number } | null {
  const [first] = points;
  if (!first || suggestedLr(points) === null) return null;
  const least = points.reduce((best, point) => (point.smoothLoss < best.smoothLoss ? point : best));
  const level = first.smoothLoss - BEGUN * (first.smoothLoss - least.smoothLoss);
  const above = points.slice(0, points.indexOf(least)).findLastIndex(({ smoothLoss }) => smoothLoss > level);
  return { from: (points[above + 1] ?? first).lr, to: least.lr };
}
