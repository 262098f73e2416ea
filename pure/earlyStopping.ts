/** Best epoch so far and when to give up: counters that travel in every checkpoint. */
import { z } from 'zod';
import { METRIC } from '../contract/metrics.ts';
import type { EarlyStopping } from '../contract/recipe.ts';

export const BestSoFar = z.object({ value: z.number().nullable(), epoch: z.int().nullable(), epochsSince: z.int() });
export type BestSoFar = z.infer<typeof BestSoFar>;

export const NOTHING_YET: BestSoFar = { value: null, epoch: null, epochsSince: 0 };

/** What decides between two epochs when no early stopping is set. */
export const DEFAULT_RULE: Pick<EarlyStopping, 'metric' | 'minChange'> = { metric: METRIC.valLoss, minChange: 0 };

/** After `epoch` (1-based) gave `value`: a value that is no finite number never counts as better. */
export function judge(
  best: BestSoFar,
  rule: Pick<EarlyStopping, 'metric' | 'minChange'>,
  epoch: number,
  value: number,
): { best: BestSoFar; improved: boolean } {
  const gain =
    best.value === null ? Infinity : rule.metric === METRIC.valLoss ? best.value - value : value - best.value;
  const improved = Number.isFinite(value) && (best.value === null || gain > rule.minChange);
  return improved
    ? { best: { value, epoch, epochsSince: 0 }, improved }
    : { best: { ...best, epochsSince: best.epochsSince + 1 }, improved };
}

export interface WhatIf {
  /** Where the rule would have ended the run; null where it would not have. */
  readonly stopEpoch: number | null;
  /** The best epoch until then, and its value. */
  readonly bestEpoch: number | null;
  readonly value: number | null;
  /** The best value of the whole history. */
  readonly bestValue: number | null;
  /** Share of the recorded epochs that would not have been trained. */
  readonly savedShare: number;
}

/**
 * What a rule would have done to a recorded history of its metric, one value an epoch in order; a value that was no
 * finite number is null.
 */
export function whatIfStopped(
  history: readonly { readonly epoch: number; readonly value: number | null }[],
  rule: EarlyStopping,
): WhatIf {
  let best = NOTHING_YET;
  let stopEpoch: number | null = null;
  for (const { epoch, value } of history) {
    best = judge(best, rule, Math.round(epoch), value ?? Number.NaN).best;
    if (shouldStop(best, rule)) {
      stopEpoch = Math.round(epoch);
      break;
    }
  }
  const lastEpoch = Math.round(history.at(-1)?.epoch ?? 0);
  const finite = history.flatMap(({ value }) => (value === null ? [] : [value]));
  const bestValue =
    finite.length === 0 ? null : rule.metric === METRIC.valLoss ? Math.min(...finite) : Math.max(...finite);
  return {
    stopEpoch,
    bestEpoch: best.epoch,
    value: best.value,
    bestValue,
    savedShare: stopEpoch !== null && lastEpoch > 0 ? (lastEpoch - stopEpoch) / lastEpoch : 0,
  };
}

export function shouldStop(best: BestSoFar, rule: EarlyStopping | null): boolean {
  return rule !== null && best.epochsSince >= rule.patience;
}
