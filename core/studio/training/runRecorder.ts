/** Writes what a training process reports into the database: in order, a few times a second, nothing twice. */
import type { CheckpointInfo, MetricPoint, TrainEvent } from '../../../contract/run.ts';
import type { StudioContext } from '../context.ts';
import { onceItCanBeStored } from './storagePatience.ts';

/** Steps are gathered this long; everything else is written at once. */
const FLUSH_MS = 250;

export type FinishedEvent = Extract<TrainEvent, { type: 'finished' }>;
export type RecyclingEvent = Extract<TrainEvent, { type: 'recycling' }>;

export class RunRecorder {
  readonly #context: StudioContext;
  readonly #runId: string;
  readonly #onStored: (event: TrainEvent) => void;
  readonly #onTrouble: (error: unknown) => void;
  #points: MetricPoint[] = [];
  #progress = { step: 0, epoch: 0 };
  #waiting: TrainEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writes: Promise<void> = Promise.resolve();
  #failure: unknown = null;
  #validating = false;
  #waitingForRoom = false;
  readonly #leaving: AbortSignal;
  #finished: FinishedEvent | null = null;
  #recycling: RecyclingEvent | null = null;
  #lastCheckpoint: CheckpointInfo | null = null;

  /** `onStored` hears of an event once it is in the database, so that what is plotted is never lost. `onTrouble`: it cannot be stored now, and what comes is kept in memory until it can, or until `leaving`. */
  constructor(
    context: StudioContext,
    runId: string,
    {
      onStored,
      onTrouble,
      leaving,
    }: {
      onStored: (event: TrainEvent) => void;
      onTrouble: (error: unknown) => void;
      leaving: AbortSignal;
    },
  ) {
    this.#context = context;
    this.#runId = runId;
    this.#onStored = onStored;
    this.#onTrouble = onTrouble;
    this.#leaving = leaving;
  }

  /** The last one that was saved since this recorder was made. */
  get lastCheckpoint(): CheckpointInfo | null {
    return this.#lastCheckpoint;
  }

  /** Why the process gave way to a fresh one; null once that has begun. */
  get recycling(): RecyclingEvent | null {
    return this.#recycling;
  }

  /** The training's own last word, once it came. */
  get finished(): FinishedEvent | null {
    return this.#finished;
  }

  record(event: TrainEvent): void {
    const { runs, checkpoints } = this.#context;
    switch (event.type) {
      case 'resumed':
        this.#recycling = null;
        this.#write(event, async () => {
          await runs.continueFrom(this.#runId, event);
        });
        break;
      case 'started':
        this.#write(event, () =>
          runs.update(this.#runId, {
            state: 'training',
            device: event.device,
            totalSteps: event.totalSteps,
            step: event.step,
            versions: { node: process.versions.node, [event.device.engine]: event.device.engineVersion },
          }),
        );
        break;
      case 'stepped':
        this.#points.push(...event.points);
        this.#progress = { step: event.step, epoch: event.epoch };
        this.#waiting.push(event);
        this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS);
        break;
      case 'validating':
        this.#flush();
        if (this.#validating) this.#write(event, () => Promise.resolve());
        else this.#write(event, () => runs.update(this.#runId, { state: 'validating' }));
        this.#validating = true;
        break;
      case 'epochEnded': {
        this.#validating = false;
        this.#flush();
        const progress = {
          step: event.step,
          epoch: event.epoch,
          state: 'training' as const,
          ...(event.improved && { bestEpoch: event.epoch }),
        };
        this.#write(event, () => runs.recordPoints(this.#runId, event.points, progress));
        break;
      }
      case 'checkpointSaved':
        this.#lastCheckpoint = event.checkpoint;
        this.#flush();
        this.#write(event, () => checkpoints.record(this.#runId, event.checkpoint, event.pruned));
        if (this.#waitingForRoom)
          this.#enqueue([], () => runs.update(this.#runId, { state: 'training', reason: null, error: null }));
        this.#waitingForRoom = false;
        break;
      case 'waitingForRoom': {
        const { error } = event;
        this.#flush();
        this.#write(event, () => runs.update(this.#runId, { state: 'diskFull', reason: error.message, error }));
        this.#waitingForRoom = true;
        break;
      }
      case 'saving':
        this.#flush();
        this.#write(event, () => Promise.resolve());
        break;
      case 'recycling':
        this.#recycling = event;
        this.#write(event, () => Promise.resolve());
        break;
      case 'finished':
        this.#finished = event;
        this.#flush();
        this.#write(event, () => runs.update(this.#runId, { step: event.step }));
        break;
    }
  }

  /** Stores something that is no event of the training, in its turn. */
  async store(write: () => Promise<void>): Promise<void> {
    this.#enqueue([], write);
    await this.drain();
  }

  /** Waits until everything is stored. @throws what the last failing write threw */
  async drain(): Promise<void> {
    this.#flush();
    await this.#writes;
    if (this.#failure !== null) throw this.#failure;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    const points = this.#points;
    const events = this.#waiting;
    const progress = { ...this.#progress, state: 'training' as const };
    this.#points = [];
    this.#waiting = [];
    this.#enqueue(events, () => this.#context.runs.recordPoints(this.#runId, points, progress));
  }

  #write(event: TrainEvent, write: () => Promise<void>): void {
    this.#enqueue([event], write);
  }

  #enqueue(events: readonly TrainEvent[], write: () => Promise<void>): void {
    this.#writes = this.#writes.then(async () => {
      try {
        await onceItCanBeStored(write, this.#leaving, this.#onTrouble);
        for (const event of events) this.#onStored(event);
      } catch (error) {
        this.#failure = error;
      }
    });
  }
}
