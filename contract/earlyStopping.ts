/** Best epoch so far and when to give up: counters that travel in every checkpoint. */
import { z } from 'zod';
import type { EarlyStopping } from './recipe.ts';

export const BestSoFar = z.object({ value: z.number().nullable(), epoch: z.int().nullable(), epochsSince: z.int() });
export type BestSoFar = z.infer<typeof BestSoFar>;

export const NOTHING_YET: BestSoFar = { value: null, epoch: null, epochsSince: 0 };

/** What decides between two epochs when no early stopping is set. */
export const DEFAULT_RULE: Pick<EarlyStopping, 'metric' | 'minChange'> = { metric: 'val/loss', minChange: 0 };

/** After `epoch` (1-based) gave `value`: a value that is no finite number never counts as better. */
export function judge(best: BestSoFar, rule: Pick<EarlyStopping, 'metric' | 'minChange'>, epoch: number, value: number): { best: BestSoFar; improved: boolean } {
  const gain = best.value === null ? Infinity : rule.metric === 'val/loss' ? best.value - value : value - best.value;
  const improved = Number.isFinite(value) && (best.value === null || gain > rule.minChange);
  return improved ? { best: { value, epoch, epochsSince: 0 }, improved } : { best: { ...best, epochsSince: best.epochsSince + 1 }, improved };
}

export function shouldStop(best: BestSoFar, rule: EarlyStopping | null): boolean {
  return rule !== null && best.epochsSince >= rule.patience;
}
