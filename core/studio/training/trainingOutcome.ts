/** What the end of a training process means for its run. */
import { StudioError } from '../../../contract/errors.ts';
import type { RunState } from '../../../contract/run.ts';
import type { TrainingStatus } from './trainingStatus.ts';

export interface TrainingEnd {
  /** The training's own last word; null when it never came. */
  readonly finished: TrainingStatus['finished'];
  /** What its process ended with; null when it ended well. */
  readonly failure: unknown;
  /** By the user's second word. */
  readonly killed: boolean;
  /** What the watchdog found, where it ended the process. */
  readonly hung: string | null;
  /** The host was closing. */
  readonly closing: boolean;
  /** The user had stopped it before. */
  readonly stopped: boolean;
}

export interface TrainingOutcome {
  readonly state: RunState;
  readonly reason: string;
  readonly error: ReturnType<StudioError['toReport']> | null;
}

const STATE_OF: Readonly<Partial<Record<string, RunState>>> = {
  'run.outOfMemory': 'outOfMemory',
  'run.diverged': 'diverged',
  'run.workerDied': 'interrupted',
  'run.hung': 'hung',
  'run.inUse': 'interrupted',
  'dataset.unavailable': 'interrupted',
  'place.unreachable': 'interrupted',
};

export function outcomeOf({ finished, failure, killed, hung, closing, stopped }: TrainingEnd): TrainingOutcome {
  if (hung !== null && closing)
    return {
      state: 'interrupted',
      reason: `Quorum was closed, and the process was ended before it had saved. ${hung} What had been saved is kept.`,
      error: null,
    };
  if (hung !== null)
    return failed(
      new StudioError('run.hung', `The job process hung and was ended. ${hung}`, {
        remedy:
          'The last checkpoint is kept; continue with --resume. If it happens again at the same place, look at ' +
          'the disk and the device, and at worker.log.',
      }),
    );
  // what stops for the host's sake goes on with it; only what the user stopped is stopped
  if (closing && !stopped && finished?.state === 'stopped')
    return { state: 'interrupted', reason: `Quorum was closed. ${finished.reason}`, error: null };
  if (finished && failure === null) return { state: finished.state, reason: finished.reason, error: finished.error };
  if (killed)
    return { state: 'stopped', reason: 'Stopped by you, before it saved. What had been saved is kept.', error: null };
  const error =
    failure instanceof StudioError
      ? failure
      : new StudioError(
          'run.workerDied',
          failure instanceof Error ? failure.message : 'The training process ended without saying how the run ended.',
        );
  // A process that dies after its last word has still finished; the word says how.
  if (finished && error.code === 'run.workerDied')
    return { state: finished.state, reason: finished.reason, error: finished.error };
  if (error.code === 'job.stopped') return { state: 'stopped', reason: 'Stopped before the first step.', error: null };
  return failed(error);
}

/** Where the GPU is gone that the run computed on, that is what it failed of. */
export function withVanishedGpu(outcome: TrainingOutcome, vanished: StudioError | null): TrainingOutcome {
  if (vanished === null || outcome.error === null) return outcome;
  return failed(
    new StudioError(vanished.code, vanished.message, {
      ...(vanished.remedy !== undefined && { remedy: vanished.remedy }),
      details: { found: outcome.error.message },
    }),
  );
}

function failed(error: StudioError): TrainingOutcome {
  return { state: STATE_OF[error.code] ?? 'failed', reason: error.message, error: error.toReport() };
}
