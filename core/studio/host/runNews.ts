/** Turns what training says into events of the log, a few a second, each after it is stored. */
import type { RunProgress } from '../../../contract/api/runTypes.ts';
import { ACTIVE_STATES, type MetricPoint } from '../../../contract/run.ts';
import type { StudioContext } from '../context.ts';
import type { JobProgress } from '../jobs/jobProcess.ts';
import type { RunMessage } from '../training/runMessage.ts';
import type { RunHandlers } from '../runs/runs.ts';
import type { EventLog } from './eventLog.ts';

const PREPARING_MS = 200;

const starting = (runId: string): RunProgress => ({
  runId,
  stage: 'starting',
  done: 0,
  total: 0,
  imagesPerSec: null,
  secondsLeft: null,
  step: 0,
  epoch: 0,
});

export class RunNews {
  readonly #context: StudioContext;
  readonly #events: EventLog;
  readonly #progress = new Map<string, RunProgress>();
  readonly #attempts = new Map<string, number>();
  readonly #points = new Map<string, MetricPoint[]>();
  readonly #told = new Map<string, number>();
  #flushing = false;
  #tells: Promise<void> = Promise.resolve();

  constructor(context: StudioContext, events: EventLog, runs: RunHandlers) {
    this.#context = context;
    this.#events = events;
    runs.subscribe((runId, message) => this.#hear(runId, message));
  }

  /** Live figures of the runs that train here. */
  progress(): RunProgress[] {
    return [...this.#progress.values()];
  }

  /** Publishes the run's row as it is stored now, in order with the other rows. */
  tell(runId: string): Promise<void> {
    this.#tells = this.#tells.then(
      async () => {
        const run = await this.#context.runRows.find(runId).catch(() => null);
        if (!run) return;
        this.#attempts.set(runId, run.attempt);
        if (!ACTIVE_STATES.includes(run.state) && run.state !== 'installing') this.#progress.delete(runId);
        this.#events.publish({ type: 'run', run });
      },
      () => undefined,
    );
    return this.#tells;
  }

  /** How far the engine is that the run waits for. */
  installing(runId: string, { stage, done, total, secondsLeft }: JobProgress): void {
    this.#show({ ...(this.#progress.get(runId) ?? starting(runId)), stage, done, total, secondsLeft }, false);
  }

  #hear(runId: string, message: RunMessage): void {
    const known = this.#progress.get(runId) ?? starting(runId);
    switch (message.type) {
      case 'preparing':
        this.#show(
          {
            ...known,
            stage: message.stage,
            done: message.done,
            total: message.total,
            imagesPerSec: message.perSec,
            secondsLeft: message.secondsLeft,
          },
          message.done >= message.total,
        );
        break;
      case 'log':
        this.#events.publish({ type: 'log', runId, level: message.level, text: message.text });
        break;
      case 'started':
        this.#show(
          {
            ...known,
            stage: 'training',
            done: message.step,
            total: message.totalSteps,
            step: message.step,
            imagesPerSec: null,
            secondsLeft: null,
          },
          true,
        );
        void this.tell(runId);
        break;
      case 'stepped':
        this.#progress.set(runId, {
          ...known,
          stage: 'training',
          done: message.step,
          total: Math.max(known.total, message.step),
          imagesPerSec: message.imagesPerSec,
          secondsLeft: message.secondsLeft,
          step: message.step,
          epoch: message.epoch,
        });
        this.#collect(runId, message.points);
        break;
      case 'validating':
        this.#show({ ...known, stage: 'validating' }, message.done === 0);
        if (message.done === 0) void this.tell(runId);
        break;
      case 'epochEnded':
        this.#progress.set(runId, { ...known, stage: 'training', step: message.step, epoch: message.epoch });
        this.#collect(runId, message.points);
        void this.tell(runId);
        break;
      case 'saving':
        this.#show({ ...known, stage: 'saving' }, true);
        break;
      case 'waitingForRoom':
        this.#show({ ...known, stage: 'diskFull' }, true);
        void this.tell(runId);
        break;
      case 'resumed':
        this.#show({ ...known, stage: 'resuming', step: message.step, epoch: message.epoch }, true);
        void this.tell(runId);
        break;
      case 'recycling':
        this.#events.publish({ type: 'log', runId, level: 'info', text: message.reason });
        break;
      case 'checkpointSaved':
        this.#events.publish({ type: 'checkpoint', runId, checkpoint: message.checkpoint, pruned: message.pruned });
        void this.tell(runId);
        break;
      case 'pictureRefused':
        // the data set's news
        break;
      case 'finished':
        this.#flush();
        break;
    }
  }

  #show(progress: RunProgress, now: boolean): void {
    this.#progress.set(progress.runId, progress);
    const at = performance.now();
    if (!now && at - (this.#told.get(progress.runId) ?? -Infinity) < PREPARING_MS) return;
    this.#told.set(progress.runId, at);
    this.#events.publish({ type: 'progress', progress });
  }

  /** What was stored together is told together. */
  #collect(runId: string, points: readonly MetricPoint[]): void {
    const waiting = this.#points.get(runId) ?? [];
    waiting.push(...points);
    this.#points.set(runId, waiting);
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#flushing = false;
    for (const [runId, points] of this.#points) {
      if (points.length > 0)
        this.#events.publish({ type: 'metrics', runId, attempt: this.#attempts.get(runId) ?? 1, points });
      const progress = this.#progress.get(runId);
      if (progress) this.#events.publish({ type: 'progress', progress });
    }
    this.#points.clear();
  }
}
