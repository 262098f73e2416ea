/** Learning rate at a step: a pure function, so that it can be drawn before the start and continued after a stop. */
import type { Schedule, WarmUp } from '../contract/recipe.ts';

/** Schedules whose rate at a step depends on how many are to come: with more epochs the whole curve is another one. */
export const LOOKS_AHEAD: ReadonlySet<Schedule['kind']> = new Set(['cosine', 'polynomial', 'oneCycle']);

export interface ScheduleSpan {
  readonly stepsPerEpoch: number;
  readonly epochs: number;
  readonly warmUp?: WarmUp | null;
}

/**
 * `step` counts from 0; the value holds for that step's update. Cosine and polynomial run over the steps after the
 * warm-up; steps and milestones are counted from the run's start. `plateauFactor` is what the plateau schedule has
 * multiplied the rate by so far.
 */
export function lrAt(schedule: Schedule, lr: number, step: number, span: ScheduleSpan, plateauFactor = 1): number {
  const { stepsPerEpoch, epochs } = span;
  const warm = warmUpSteps(span);
  if (step < warm) {
    const from = span.warmUp?.startFactor ?? 0;
    return lr * (from + ((1 - from) * step) / warm);
  }
  const total = stepsPerEpoch * epochs;
  const done = total > warm ? Math.min(1, (step - warm) / (total - warm)) : 1;
  switch (schedule.kind) {
    case 'constant':
      return lr;
    case 'step':
      return lr * schedule.gamma ** Math.floor(step / stepsPerEpoch / schedule.everyEpochs);
    case 'milestones':
      return lr * schedule.gamma ** schedule.epochs.filter((epoch) => step / stepsPerEpoch >= epoch).length;
    case 'exponential':
      return lr * schedule.gamma ** (step / stepsPerEpoch);
    // Loshchilov and Hutter 2017, eq. 5, without restarts; the last step reaches almost the final value.
    case 'cosine':
      return lr * (schedule.finalFactor + (1 - schedule.finalFactor) * 0.5 * (1 + Math.cos(Math.PI * done)));
    case 'polynomial':
      return lr * (schedule.finalFactor + (1 - schedule.finalFactor) * (1 - done) ** schedule.power);
    case 'oneCycle':
      return alongCycle(schedule.pctStart, step, total, [
        lr / schedule.divFactor,
        lr,
        lr / schedule.divFactor / schedule.finalDivFactor,
      ]);
    case 'plateau':
      return Math.max(lr * plateauFactor, Math.min(lr, schedule.minLr));
  }
}

/** Steps of the warm-up, at most the whole run. */
export function warmUpSteps({ stepsPerEpoch, epochs, warmUp }: ScheduleSpan): number {
  if (!warmUp) return 0;
  return Math.min(stepsPerEpoch * epochs, 'steps' in warmUp ? warmUp.steps : Math.round(warmUp.epochs * stepsPerEpoch));
}

/** The optimizer's momentum at a step, or Adam's β₁; null where the schedule leaves it as it is. */
export function momentumAt(schedule: Schedule, step: number, { stepsPerEpoch, epochs }: ScheduleSpan): number | null {
  if (schedule.kind !== 'oneCycle' || !schedule.momentum) return null;
  const { base, max } = schedule.momentum;
  return alongCycle(schedule.pctStart, step, stepsPerEpoch * epochs, [max, base, max]);
}

/** Smith and Topin 2018 in two phases, by PyTorch's numbers: the turn lies at step pctStart · total − 1. */
function alongCycle(
  pctStart: number,
  step: number,
  total: number,
  [first, turn, last]: readonly [number, number, number],
): number {
  const peak = pctStart * total - 1;
  const end = total - 1;
  const along = (from: number, to: number, share: number) => to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share));
  if (step <= peak || end <= peak) return along(first, turn, peak > 0 ? Math.min(1, step / peak) : 1);
  return along(turn, last, Math.min(1, (step - peak) / (end - peak)));
}

/**
 * Points of the curve for drawing: at most about `points`, the first and last step among them. A plateau schedule is
 * drawn as if nothing stalled.
 */
export function lrCurve(
  schedule: Schedule,
  lr: number,
  span: ScheduleSpan,
  points = 400,
): { readonly step: number; readonly epoch: number; readonly lr: number }[] {
  const last = span.stepsPerEpoch * span.epochs - 1;
  const stride = Math.max(1, last / Math.max(1, points - 1));
  const steps = new Set<number>([0, last, Math.min(last, warmUpSteps(span))]);
  for (let at = 0; at <= last; at += stride) steps.add(Math.round(at));
  return [...steps]
    .sort((a, b) => a - b)
    .map((step) => ({ step, epoch: step / span.stepsPerEpoch, lr: lrAt(schedule, lr, step, span) }));
}
