/** Where a training stands, by what it has said so far: the one fold of its messages that everybody uses. */
import type { Progress } from '../../../contract/progress.ts';
import type { CheckpointInfo, TrainEvent } from '../../../contract/run.ts';
import type { RunMessage } from './runMessage.ts';

type EventOf<Type extends TrainEvent['type']> = Extract<TrainEvent, { type: Type }>;

export type TrainingPhase = 'starting' | 'preparing' | 'resuming' | 'training' | 'validating' | 'saving' | 'diskFull';

export interface TrainingStatus {
  readonly phase: TrainingPhase;
  /**
   * Steps of the run, or what is counted while the data is prepared; `stage` is the phase, or the preparation's own.
   */
  readonly progress: Progress;
  readonly step: number;
  readonly epoch: number;
  /** Whether a step was done. */
  readonly started: boolean;
  readonly lastCheckpoint: CheckpointInfo | null;
  /** Why the process gives way to a fresh one; null once that has begun. */
  readonly recycling: EventOf<'recycling'> | null;
  /** The training's own last word, once it came. */
  readonly finished: EventOf<'finished'> | null;
}

export const NOT_STARTED: TrainingStatus = {
  phase: 'starting',
  progress: { stage: 'starting', done: 0, total: 0, perSec: null, secondsLeft: null },
  step: 0,
  epoch: 0,
  started: false,
  lastCheckpoint: null,
  recycling: null,
  finished: null,
};

/** The status after `message`. */
export function foldTraining(status: TrainingStatus, message: RunMessage): TrainingStatus {
  switch (message.type) {
    case 'preparing': {
      const { stage, done, total, perSec, secondsLeft } = message;
      return {
        ...status,
        phase: done < total ? 'preparing' : 'starting',
        progress: { stage, done, total, perSec, secondsLeft },
      };
    }
    case 'whereabouts':
      return message.waiting
        ? {
            ...status,
            phase: 'starting',
            progress: { stage: message.words, done: 0, total: 0, perSec: null, secondsLeft: null },
          }
        : status;
    case 'resumed':
      return { ...inPhase(status, 'resuming'), step: message.step, epoch: message.epoch, recycling: null };
    case 'started': {
      const { step, totalSteps: total } = message;
      const progress: Progress = { stage: 'training', done: step, total, perSec: null, secondsLeft: null };
      return { ...status, phase: 'training', progress, step, started: true };
    }
    case 'stepped': {
      const { step, epoch, imagesPerSec: perSec, secondsLeft } = message;
      const total = Math.max(status.progress.total, step);
      return {
        ...status,
        phase: 'training',
        progress: { stage: 'training', done: step, total, perSec, secondsLeft },
        step,
        epoch,
      };
    }
    case 'validating':
      return inPhase(status, 'validating');
    case 'epochEnded':
      return { ...inPhase(status, 'training'), step: message.step, epoch: message.epoch };
    case 'saving':
      return inPhase(status, 'saving');
    case 'waitingForRoom':
      return inPhase(status, 'diskFull');
    case 'checkpointSaved':
      return { ...inPhase(status, status.started ? 'training' : 'starting'), lastCheckpoint: message.checkpoint };
    case 'recycling':
      return { ...status, recycling: message };
    case 'finished':
      return { ...status, finished: message, step: message.step };
    case 'log':
    case 'pictureRefused':
    case 'predicted':
      return status;
  }
}

function inPhase(status: TrainingStatus, phase: TrainingPhase): TrainingStatus {
  return { ...status, phase, progress: { ...status.progress, stage: phase } };
}
