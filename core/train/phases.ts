/**
 * Phases of a fine-tuning: frozen layers that begin to train at an epoch's edge, each group of them with a step count
 * of its own.
 */
import type { Optimizer } from '../../contract/optimizers.ts';
import { scalarsAt, type StepSettings } from '../engine/optimizers.ts';
import type { LayerRoles } from '../engine/program.ts';
import type { FineTuningPlan, LayerNames } from '../models/layerChoice.ts';

/**
 * The epochs (0-based) at which layers that train in `epoch` began to, in order; the n-th is the n-th clock of the
 * phase's program.
 */
export function startsAt({ startEpoch }: FineTuningPlan, epoch: number): number[] {
  return [...new Set(startEpoch.values())].filter((start) => start <= epoch).sort((a, b) => a - b);
}

/** What each layer does while those of `starts` train. */
export function rolesAt(
  { startEpoch, lrFactor }: FineTuningPlan,
  { all }: LayerNames,
  starts: readonly number[],
): LayerRoles {
  const clocks = new Map<string, number>();
  for (const layer of all) {
    const clock = starts.indexOf(startEpoch.get(layer) ?? NaN);
    if (clock >= 0) clocks.set(layer, clock);
  }
  return { frozen: new Set(all.filter((layer) => !clocks.has(layer))), lrFactors: lrFactor, clocks };
}

/**
 * The scalars of a step (0-based, of the run) for every clock. A layer's optimizer counts from its own first step, as
 * PyTorch's does: Adam's bias correction belongs to moments that start at zero.
 */
export function clockScalars(
  optimizer: Optimizer,
  lr: number,
  step: number,
  starts: readonly number[],
  stepsPerEpoch: number,
  settings: StepSettings,
): Float32Array {
  return Float32Array.from(
    starts.flatMap((start) => [...scalarsAt(optimizer, lr, step - start * stepsPerEpoch, settings)]),
  );
}
