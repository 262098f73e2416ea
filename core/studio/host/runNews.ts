/** Turns what training says into events of the log, each after it is stored. */
import type { RunProgress } from '../../../contract/api/runs/runTypes.ts';
import type { Progress } from '../../../contract/progress.ts';
import { ACTIVE_STATES } from '../../../contract/run.ts';
import type { StudioContext } from '../context.ts';
import type { RunHandlers } from '../runs/runs.ts';
import type { RunMessage } from '../training/runMessage.ts';
import { foldTraining, NOT_STARTED, type TrainingStatus } from '../training/trainingStatus.ts';
import type { EventLog } from './eventLog.ts';

/** What changes a run's row beside its figures. */
const CHANGES_ROW: ReadonlySet<RunMessage['type']> = new Set([
  'started',
  'epochEnded',
  'waitingForRoom',
  'resumed',
  'checkpointSaved',
  'whereabouts',
]);

export class RunNews {
  readonly #context: StudioContext;
  readonly #events: EventLog;
  readonly #statuses = new Map<string, TrainingStatus>();
  readonly #attempts = new Map<string, number>();
  #tells: Promise<void> = Promise.resolve();

  constructor(context: StudioContext, events: EventLog, runs: RunHandlers) {
    this.#context = context;
    this.#events = events;
    runs.subscribe((runId, message) => this.#hear(runId, message));
  }

  /** Live figures of the runs that train here. */
  progress(): RunProgress[] {
    return [...this.#statuses].map(([runId, status]) => progressOf(runId, status));
  }

  /** Publishes the run's row as it is stored now, in order with the other rows. */
  tell(runId: string): Promise<void> {
    this.#tells = this.#tells.then(
      async () => {
        const run = await this.#context.runRows.find(runId).catch(() => null);
        if (!run) return;
        this.#attempts.set(runId, run.attempt);
        if (!ACTIVE_STATES.includes(run.state) && run.state !== 'installing') this.#statuses.delete(runId);
        this.#events.publish({ type: 'run', run });
      },
      () => undefined,
    );
    return this.#tells;
  }

  /** How far the engine is that the run waits for. */
  installing(runId: string, { stage, done, total, secondsLeft }: Progress): void {
    const status = this.#statuses.get(runId) ?? NOT_STARTED;
    const progress = { ...status.progress, stage, done, total, secondsLeft };
    this.#statuses.set(runId, { ...status, progress });
    this.#events.publish({ type: 'progress', progress: progressOf(runId, { ...status, progress }) });
  }

  #hear(runId: string, message: RunMessage): void {
    const before = this.#statuses.get(runId) ?? NOT_STARTED;
    const status = foldTraining(before, message);
    if (status !== before) this.#statuses.set(runId, status);
    switch (message.type) {
      case 'log':
        this.#events.publish({ type: 'log', runId, level: message.level, text: message.text });
        break;
      case 'recycling':
        this.#events.publish({ type: 'log', runId, level: 'info', text: message.reason });
        break;
      case 'checkpointSaved':
        this.#events.publish({ type: 'checkpoint', runId, checkpoint: message.checkpoint, pruned: message.pruned });
        break;
      case 'stepped':
      case 'epochEnded':
        if (message.points.length > 0) {
          const attempt = this.#attempts.get(runId) ?? 1;
          this.#events.publish({ type: 'metrics', runId, attempt, points: message.points });
        }
        break;
      default:
    }
    if (status.progress !== before.progress)
      this.#events.publish({ type: 'progress', progress: progressOf(runId, status) });
    if (CHANGES_ROW.has(message.type) || (status.phase === 'validating' && before.phase !== 'validating'))
      void this.tell(runId);
  }
}

function progressOf(runId: string, { progress, step, epoch }: TrainingStatus): RunProgress {
  return { runId, ...progress, step, epoch };
}
