/**
 * The plateau schedule's memory: counted at each epoch's end as PyTorch's ReduceLROnPlateau does, and kept in every
 * checkpoint.
 */
import { z } from 'zod';
import { METRIC } from '../../contract/metrics.ts';
import type { Schedule } from '../../contract/recipe.ts';

export const PlateauState = z.object({
  best: z.number().nullable(),
  badEpochs: z.int(),
  cooldownLeft: z.int(),
  factor: z.number(),
});
export type PlateauState = z.infer<typeof PlateauState>;

export const NO_PLATEAU: PlateauState = { best: null, badEpochs: 0, cooldownLeft: 0, factor: 1 };

/**
 * After an epoch gave `value` (a loss, or an accuracy where the schedule watches one); other schedules change nothing.
 */
export function afterEpoch(state: PlateauState, schedule: Schedule, value: number): PlateauState {
  if (schedule.kind !== 'plateau') return state;
  const { best } = state;
  const rises = schedule.metric === METRIC.valTop1;
  const better =
    best === null
      ? Number.isFinite(value)
      : rises
        ? value > best * (1 + schedule.threshold)
        : value < best * (1 - schedule.threshold);
  const cooling = state.cooldownLeft > 0;
  const cooldownLeft = Math.max(0, state.cooldownLeft - 1);
  const badEpochs = better || cooling ? 0 : state.badEpochs + 1;
  const next = { best: better ? value : best, badEpochs, cooldownLeft, factor: state.factor };
  return badEpochs > schedule.patience
    ? { ...next, badEpochs: 0, cooldownLeft: schedule.cooldown, factor: state.factor * schedule.factor }
    : next;
}
