/** Learning rate at a step: a pure function, so that it can be drawn before the start and continued after a stop. */
import type { Schedule } from '../../contract/runSpec.ts';

export interface ScheduleSpan { readonly stepsPerEpoch: number; readonly epochs: number }

/** `step` counts from 0; the value holds for that step's update. */
export function lrAt(schedule: Schedule, lr: number, step: number, { stepsPerEpoch, epochs }: ScheduleSpan): number {
  switch (schedule.kind) {
    case 'constant': return lr;
    case 'step': return lr * schedule.gamma ** Math.floor(step / stepsPerEpoch / schedule.everyEpochs);
    // Loshchilov and Hutter 2017, eq. 5, without restarts; the last step reaches almost the final value.
    case 'cosine': return lr * (schedule.finalFactor + (1 - schedule.finalFactor) * 0.5 * (1 + Math.cos((Math.PI * step) / (stepsPerEpoch * epochs))));
  }
}
