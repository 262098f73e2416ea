/** Writes what a training process reports into the database: in order, nothing twice. */
import type { TrainEvent } from '../../../contract/run.ts';
import type { StudioContext } from '../context.ts';
import { onceItCanBeStored } from './storagePatience.ts';
import { foldTraining, NOT_STARTED, type TrainingStatus } from './trainingStatus.ts';

export interface RecorderListeners {
  /** Hears of an event once it is in the database, so that what is plotted is never lost. */
  readonly onStored: (event: TrainEvent) => void;
  /** It cannot be stored now: what comes is kept in memory until it can, or until `leaving`. */
  readonly onTrouble: (error: unknown) => void;
  readonly leaving: AbortSignal;
}

export class RunRecorder {
  readonly #context: StudioContext;
  readonly #runId: string;
  readonly #listeners: RecorderListeners;
  #status = NOT_STARTED;
  #writes: Promise<void> = Promise.resolve();
  #failure: unknown = null;

  constructor(context: StudioContext, runId: string, listeners: RecorderListeners) {
    this.#context = context;
    this.#runId = runId;
    this.#listeners = listeners;
  }

  /** By all that was recorded since this recorder was made. */
  get status(): TrainingStatus {
    return this.#status;
  }

  record(event: TrainEvent): void {
    const before = this.#status;
    this.#status = foldTraining(before, event);
    this.#enqueue(
      () => this.#write(event, before),
      () => this.#listeners.onStored(event),
    );
  }

  /** Stores something that is no event of the training, in its turn. */
  async store(write: () => Promise<void>): Promise<void> {
    this.#enqueue(write);
    await this.drain();
  }

  /**
   * Waits until everything is stored.
   * @throws what the last failing write threw
   */
  async drain(): Promise<void> {
    await this.#writes;
    if (this.#failure !== null) throw this.#failure;
  }

  /** `before`: what stood before the event. */
  async #write(event: TrainEvent, before: TrainingStatus): Promise<void> {
    const { runs, checkpoints } = this.#context;
    const runId = this.#runId;
    switch (event.type) {
      case 'resumed':
        await runs.continueFrom(runId, event);
        return;
      case 'started': {
        const { device, totalSteps, step } = event;
        const versions = { node: process.versions.node, [device.engine]: device.engineVersion };
        return runs.update(runId, { state: 'training', device, totalSteps, step, versions });
      }
      case 'stepped':
        return runs.recordPoints(runId, event.points, { step: event.step, epoch: event.epoch, state: 'training' });
      case 'validating':
        if (before.phase !== 'validating') await runs.update(runId, { state: 'validating' });
        return;
      case 'epochEnded': {
        const { step, epoch, improved, points } = event;
        return runs.recordPoints(runId, points, {
          step,
          epoch,
          state: 'training',
          ...(improved && { bestEpoch: epoch }),
        });
      }
      case 'checkpointSaved':
        await checkpoints.record(runId, event.checkpoint, event.pruned);
        if (before.phase === 'diskFull') await runs.update(runId, { state: 'training', reason: null, error: null });
        return;
      case 'waitingForRoom':
        return runs.update(runId, { state: 'diskFull', reason: event.error.message, error: event.error });
      case 'finished':
        return runs.update(runId, { step: event.step });
      case 'saving':
      case 'recycling':
    }
  }

  #enqueue(write: () => Promise<void>, stored: () => void = () => undefined): void {
    this.#writes = this.#writes.then(async () => {
      try {
        await onceItCanBeStored(write, this.#listeners.leaving, this.#listeners.onTrouble);
        stored();
      } catch (error) {
        this.#failure = error;
      }
    });
  }
}
