/** Sends the jobs of one place, many as one submission, and asks again and again what became of them. */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { StudioError } from '../../../contract/errors.ts';
import { type Desk, PlacedJob, type PlacedJobOptions } from './placedJob.ts';
import type { Scheduler, Submission } from './scheduler.ts';

export interface DeskPace {
  /** Between two looks into the journals. */
  readonly hearMs: number;
  /** Between two questions to the scheduler, which answers many. */
  readonly askMs: number;
}

export const USUAL_PACE: DeskPace = { hearMs: 500, askMs: 10_000 };
/** Clusters take no larger arrays unless they are told to (`MaxArraySize`). */
const MOST_AT_ONCE = 500;
const TOKEN_LENGTH = 13;

export class PlaceDesk implements Desk {
  readonly #scheduler: Scheduler;
  readonly #pace: DeskPace;
  #outbox: PlacedJob[] = [];
  readonly #away = new Set<PlacedJob>();
  #hearing: NodeJS.Timeout | undefined;
  #asking: NodeJS.Timeout | undefined;
  #busy = false;

  constructor(scheduler: Scheduler, pace: DeskPace = USUAL_PACE) {
    this.#scheduler = scheduler;
    this.#pace = pace;
  }

  /** A job that goes out with the next `send`; one that is away already is followed. */
  start(options: PlacedJobOptions): PlacedJob {
    const job = new PlacedJob(this, options);
    if (job.sent === null) this.#outbox.push(job);
    else this.#follow(job);
    return job;
  }

  /** Hands over what was started since, as few submissions. */
  send(): void {
    const jobs = this.#outbox.splice(0).filter(({ over }) => !over);
    for (let at = 0; at < jobs.length; at += MOST_AT_ONCE) this.#submit(jobs.slice(at, at + MOST_AT_ONCE));
  }

  submitAgain(job: PlacedJob): void {
    this.#submit([job]);
  }

  cancel(job: PlacedJob): void {
    const id = job.sent?.id;
    if (typeof id === 'string')
      void this.#scheduler.cancel(id).catch((error: unknown) => {
        if (isUnreachable(error)) job.missed(error);
        else job.fail(error);
      });
  }

  forget(job: PlacedJob): void {
    this.#away.delete(job);
    this.#outbox = this.#outbox.filter((other) => other !== job);
    if (this.#away.size > 0) return;
    clearInterval(this.#hearing);
    clearInterval(this.#asking);
    this.#hearing = undefined;
    this.#asking = undefined;
  }

  #follow(job: PlacedJob): void {
    this.#watch(job);
    const sent = job.sent!;
    if (sent.id === null) void this.#find(job, sent);
  }

  /** The host that sent it ended before it was told whether it arrived. */
  async #find(job: PlacedJob, { token, index, count }: NonNullable<PlacedJob['sent']>): Promise<void> {
    await this.#insist([job], async () => {
      const ids = await this.#scheduler.find(token, count);
      const id = ids?.[index];
      if (id === undefined) this.#submit([job]);
      else job.taken(id);
    });
  }

  #submit(jobs: readonly PlacedJob[]): void {
    const token = randomUUID().slice(0, TOKEN_LENGTH);
    try {
      for (const [index, job] of jobs.entries()) job.prepare(token, index, jobs.length);
    } catch (error) {
      for (const job of jobs) job.fail(error);
      return;
    }
    for (const job of jobs) this.#watch(job);
    void this.#deliver({ token, runDirs: jobs.map(({ options }) => options.runDirThere) }, jobs);
  }

  async #deliver(submission: Submission, jobs: readonly PlacedJob[]): Promise<void> {
    let lost = false;
    await this.#insist(jobs, async () => {
      // an answer that was lost on the way: nothing is started twice
      const found = lost ? await this.#scheduler.find(submission.token, jobs.length) : null;
      lost = true;
      const ids = found ?? (await this.#scheduler.submit(submission));
      for (const [index, job] of jobs.entries()) job.taken(ids[index]!);
    });
    this.#ask();
  }

  /** Until it succeeds, is refused, or nobody wants it any more. */
  async #insist(jobs: readonly PlacedJob[], attempt: () => Promise<void>): Promise<void> {
    while (jobs.some(({ over }) => !over)) {
      try {
        return await attempt();
      } catch (error) {
        if (!isUnreachable(error)) {
          for (const job of jobs) job.fail(error);
          return;
        }
        for (const job of jobs) job.missed(error);
      }
      await wait(this.#pace.askMs, undefined, { ref: false });
    }
  }

  #watch(job: PlacedJob): void {
    this.#away.add(job);
    this.#hearing ??= setInterval(() => {
      for (const one of this.#away) void one.hear();
    }, this.#pace.hearMs);
    this.#asking ??= setInterval(() => this.#ask(), this.#pace.askMs);
  }

  #ask(): void {
    if (this.#busy) return;
    this.#busy = true;
    void this.#look().finally(() => {
      this.#busy = false;
    });
  }

  async #look(): Promise<void> {
    const jobs = [...this.#away].filter(({ sent }) => typeof sent?.id === 'string');
    if (jobs.length === 0) return;
    try {
      const sights = await this.#scheduler.look(jobs.map(({ sent }) => sent!.id!));
      for (const job of jobs) {
        const sight = sights.get(job.sent?.id ?? '');
        if (sight && !job.over) await job.see(sight);
      }
    } catch (error) {
      if (isUnreachable(error)) for (const job of jobs) job.missed(error);
      else process.emitWarning(error instanceof Error ? error : String(error));
    }
  }
}

function isUnreachable(error: unknown): error is StudioError {
  return error instanceof StudioError && error.code === 'place.unreachable';
}
