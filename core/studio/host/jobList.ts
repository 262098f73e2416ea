/** Long work that is no training: what runs, how far it is, how it ended. */
import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { JobStatus } from '../../../contract/api/jobs.ts';
import type { JobKind } from '../../../contract/api/procedure.ts';
import { StudioError } from '../../../contract/errors.ts';
import type { WorkOptions } from '../context.ts';
import type { EventLog } from './eventLog.ts';
import { Limiter } from './limiter.ts';

/** Ended jobs that are still shown. */
const KEPT = 200;
/** Jobs that take no turns and run together; each is a process of some hundred megabytes. */
const TOGETHER = 3;
/** Jobs that have not ended; a user with many data sets checks them all at once. */
const MOST_UNENDED = 100;

export interface NewJob<Result extends z.ZodType = z.ZodType> {
  readonly kind: JobKind<Result>;
  readonly title: string;
  readonly subjectId?: string;
  /** Jobs with the same turn go one after another; those without one share a few places; `null` waits for nobody. */
  readonly turn?: string | null;
  /** Resolves when nothing else needs what the job needs; called in its turn. */
  readonly ready?: (signal: AbortSignal) => Promise<void>;
  readonly run: (work: Required<Pick<WorkOptions, 'onProgress' | 'signal'>>) => Promise<z.input<Result>>;
}

export class JobList {
  readonly #events: EventLog;
  readonly #jobs = new Map<string, { status: JobStatus; abort: AbortController }>();
  readonly #turns = new Map<string, Promise<void>>();
  readonly #ends = new Map<string, Promise<void>>();
  readonly #places = new Limiter(TOGETHER);

  constructor(events: EventLog) {
    this.#events = events;
  }

  /** Newest first. */
  list(): JobStatus[] {
    return [...this.#jobs.values()].map((job) => job.status).reverse();
  }

  /** @throws {StudioError} `input.invalid` */
  show(id: string): JobStatus {
    return this.#require(id).status;
  }

  cancel(id: string): JobStatus {
    const job = this.#require(id);
    job.abort.abort();
    return job.status;
  }

  /** Starts the work, or lets it wait for its turn; returns its id at once. @throws {StudioError} `job.tooMany` */
  start<Result extends z.ZodType>(job: NewJob<Result>): string {
    if (this.#ends.size >= MOST_UNENDED)
      throw new StudioError('job.tooMany', `${this.#ends.size} jobs run or wait already.`, {
        remedy: 'Wait until some have ended, or cancel some.',
      });
    const id = `j-${randomUUID()}`;
    const abort = new AbortController();
    const status: JobStatus = {
      id,
      kind: job.kind.name,
      title: job.title,
      state: 'waiting',
      stage: 'waiting',
      done: 0,
      total: 0,
      perSec: null,
      secondsLeft: null,
      subjectId: job.subjectId ?? null,
      error: null,
      result: null,
      startedAt: new Date().toISOString(),
      endedAt: null,
    };
    this.#jobs.set(id, { status, abort });
    this.#forgetOld();
    this.#tell(id, {});
    const ended = this.#inTurn(job.turn, () => this.#run(id, job, abort.signal));
    this.#ends.set(id, ended);
    void ended.then(() => this.#ends.delete(id));
    return id;
  }

  /** Waits until the job has ended. @throws {StudioError} `input.invalid` */
  async ended(id: string): Promise<JobStatus> {
    await this.#ends.get(id);
    return this.show(id);
  }

  /** Cancels everything and waits until it has ended. */
  async close(): Promise<void> {
    for (const { abort } of this.#jobs.values()) abort.abort();
    await Promise.all(this.#ends.values());
  }

  #inTurn(turn: string | null | undefined, work: () => Promise<void>): Promise<void> {
    if (turn === undefined) return this.#places.run(work);
    if (turn === null) return work();
    const ended = (this.#turns.get(turn) ?? Promise.resolve()).then(work);
    this.#turns.set(turn, ended);
    return ended;
  }

  async #run<Result extends z.ZodType>(id: string, job: NewJob<Result>, signal: AbortSignal): Promise<void> {
    try {
      signal.throwIfAborted();
      await job.ready?.(signal);
      signal.throwIfAborted();
      this.#tell(id, { state: 'running', stage: 'starting' });
      const made = await job.run({
        signal,
        onProgress: ({ stage, done, total, perSec, secondsLeft }) =>
          this.#tell(id, { stage, done, total, perSec, secondsLeft }),
      });
      this.#tell(id, {
        state: 'finished',
        stage: 'finished',
        result: job.kind.result.parse(made),
        secondsLeft: null,
        endedAt: new Date().toISOString(),
      });
    } catch (error) {
      const endedAt = new Date().toISOString();
      if (signal.aborted) this.#tell(id, { state: 'cancelled', stage: 'cancelled', secondsLeft: null, endedAt });
      else this.#tell(id, { state: 'failed', stage: 'failed', secondsLeft: null, endedAt, error: asReport(error) });
    }
  }

  #tell(id: string, change: Partial<JobStatus>): void {
    const job = this.#jobs.get(id);
    if (!job) return;
    job.status = { ...job.status, ...change };
    this.#events.publish({ type: 'job', job: job.status });
  }

  #require(id: string): { status: JobStatus; abort: AbortController } {
    const job = this.#jobs.get(id);
    if (!job)
      throw new StudioError('input.invalid', `There is no job "${id}".`, {
        remedy: 'Jobs are forgotten when the studio is started anew.',
      });
    return job;
  }

  #forgetOld(): void {
    for (const [id, { status }] of this.#jobs) {
      if (this.#jobs.size <= KEPT) return;
      if (status.endedAt !== null) this.#jobs.delete(id);
    }
  }
}

function asReport(error: unknown): JobStatus['error'] {
  if (error instanceof StudioError) return error.toReport();
  return {
    code: 'run.workerDied',
    message: error instanceof Error ? error.message : String(error),
    remedy: 'This is a fault in Quorum; its log may say more.',
  };
}
