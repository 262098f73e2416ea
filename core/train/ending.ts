/** How a training ends: why, what is told and saved before, and its last word. */
import type { StudioError } from '../../contract/errors.ts';
import type { CheckpointTrigger, RunState, TrainEvent } from '../../contract/run.ts';
import { DEFAULT_RULE, shouldStop } from '../../pure/earlyStopping.ts';
import type { Training } from './training.ts';

export interface Ending {
  /** `recycling`: a fresh process goes on from the checkpoint just saved. */
  readonly state: Extract<RunState, 'finished' | 'stopped' | 'diverged' | 'failed' | 'outOfMemory'> | 'recycling';
  readonly reason: string;
  readonly error?: StudioError;
  /** Amid an epoch: the step until which is told before. */
  readonly step?: number;
  /** The checkpoint that is saved before. */
  readonly save?: CheckpointTrigger | null;
}

/** Tells what was not told yet, saves what is to be saved, and says the last word. */
export async function* end(training: Training, ending: Ending): AsyncGenerator<TrainEvent, void> {
  const { state, reason, error, step, save } = ending;
  if (step !== undefined) yield training.stepped(step);
  if (save) yield* training.save(save, {});
  if (state === 'recycling') {
    yield { type: 'recycling', step: training.state.step, reason };
    return;
  }
  yield {
    type: 'finished',
    state,
    reason,
    error: error?.toReport() ?? null,
    bestEpoch: training.state.best.epoch,
    step: training.state.step,
    imagesPerSec: training.speed.average(),
    durationMs: training.durationMs,
  };
}

/** A stop amid an epoch: nothing that was done is lost. */
export function stoppedAt(step: number, reason: string): Ending {
  return { state: 'stopped', reason, step, save: 'stop' };
}

export function budgetSpent({ spec, stepsAreSpent }: Training, when: string): Ending {
  const budget = stepsAreSpent ? `${spec.budget.steps} steps` : `${spec.budget.hours} hours`;
  return {
    state: 'finished',
    reason: `The budget of ${budget} was used up ${when} of ${spec.epochs}.`,
  };
}

/** All epochs are done, or no more of them are worth while. */
export function completed({ spec, state: { best } }: Training): Ending {
  const { metric } = spec.earlyStopping ?? DEFAULT_RULE;
  if (shouldStop(best, spec.earlyStopping))
    return {
      state: 'finished',
      reason: `Stopped early: no better ${metric} for ${best.epochsSince} epochs; the best was epoch ${best.epoch}.`,
    };
  return {
    state: 'finished',
    reason: spec.epochs === 1 ? 'The one epoch is done.' : `All ${spec.epochs} epochs done.`,
  };
}

/** Between two epochs: a stop, a spent budget, or a process that has grown too much; null: the training goes on. */
export function afterEpochEnding(training: Training, outOfTime: boolean): Ending | null {
  const { spec, env, state } = training;
  const stopsEarly = shouldStop(state.best, spec.earlyStopping);
  if (env.signal.aborted && !stopsEarly) return { state: 'stopped', reason: `Stopped after epoch ${state.epoch}.` };
  if (outOfTime) return budgetSpent(training, `after epoch ${state.epoch}`);
  const growth = env.memory?.check();
  return growth && !stopsEarly ? { state: 'recycling', reason: growth } : null;
}

/** What a failure of the training makes of it. */
export function endingOfError(error: StudioError): Ending {
  if (error.code === 'job.stopped') return { state: 'stopped', reason: error.message };
  return { state: error.code === 'run.outOfMemory' ? 'outOfMemory' : 'failed', reason: error.message, error };
}
