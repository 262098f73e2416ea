/** Sends the jobs of one place, many as one submission, and asks again and again what became of them. */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { StudioError } from '../../../contract/errors.ts';
import type { PlaceFiles } from './placeFiles.ts';
import { type Desk, PlacedJob, type PlacedJobOptions } from './placedJob.ts';
import type { Scheduler, Submission } from './scheduler.ts';

export interface DeskPace {
  /** Between two looks into the journals. */
  readonly hearMs: number;
  /** Between two questions to the scheduler, which answers many. */
  readonly askMs: number;
  /** Between two copies of what is new, where the place shares no file system with this machine. */
  readonly mirrorMs: number;
}

export const USUAL_PACE: DeskPace = { hearMs: 500, askMs: 10_000, mirrorMs: 5000 };
/** Clusters take no larger arrays unless they are told to (`MaxArraySize`). */
const MOST_AT_ONCE = 500;
const TOKEN_LENGTH = 13;

export class PlaceDesk implements Desk {
  readonly #scheduler: Scheduler;
  readonly #pace: DeskPace;
  /** Null where the place sees this machine's files. */
  readonly #files: PlaceFiles | null;
  #outbox: PlacedJob[] = [];
  readonly #away = new Set<PlacedJob>();
  #hearing: NodeJS.Timeout | undefined;
  #asking: NodeJS.Timeout | undefined;
  #busy = false;
  #copies = false;
  #turn: Promise<void> = Promise.resolve();

  constructor(scheduler: Scheduler, pace: Partial<DeskPace> = {}, files: PlaceFiles | null = null) {
    this.#scheduler = scheduler;
    this.#pace = { ...USUAL_PACE, ...pace };
    this.#files = files;
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

  hurry(): void {
    void this.#hear();
  }

  cancel(job: PlacedJob): void {
    const id = job.sent?.id;
    if (typeof id === 'string') void this.#scheduler.cancel(id).catch((error: unknown) => this.#miss(error, [job]));
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
    if (this.#files === null) this.#hand(jobs);
    else void this.#bring(this.#files, jobs);
  }

  /** What fails on the way fails for its run alone. */
  async #bring(files: PlaceFiles, jobs: readonly PlacedJob[]): Promise<void> {
    for (const job of jobs)
      await this.#insist([job], async () => {
        const { cargo, onProgress, onLog } = job.options;
        if (cargo) await files.bring(cargo, { fresh: job.fresh, signal: job.unwanted, onProgress, onLog });
      });
    const brought = jobs.filter(({ over }) => !over);
    if (brought.length > 0) this.#hand(brought);
  }

  #hand(jobs: readonly PlacedJob[]): void {
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
      if (!found) for (const job of jobs) await this.#files?.hand(job.mirrored.runDir);
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
    const { hearMs, mirrorMs } = this.#pace;
    this.#hearing ??= setInterval(() => void this.#hear(), this.#files ? mirrorMs : hearMs);
    this.#asking ??= setInterval(() => this.#ask(), this.#pace.askMs);
  }

  async #hear(): Promise<void> {
    if (this.#copies) return;
    this.#copies = this.#files !== null;
    try {
      await this.#inTurn(async () => {
        await this.#mirror();
        await Promise.all([...this.#away].map((job) => job.hear()));
      });
    } catch (error) {
      this.#miss(error, [...this.#away]);
    } finally {
      this.#copies = false;
    }
  }

  /** Nothing is heard while a copy is half done: what a journal says is here with it. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.catch(() => undefined).then(work);
    return this.#turn;
  }

  /** Brings back what is new of all jobs that are away. */
  async #mirror(): Promise<void> {
    const away = [...this.#away].filter(({ sent }) => typeof sent?.id === 'string');
    await this.#files?.exchange(away.map(({ mirrored }) => mirrored));
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
      await this.#inTurn(async () => {
        // what a job said before its end is here before the end is judged
        if ([...sights.values()].some(({ phase }) => phase === 'gone')) await this.#mirror();
        for (const job of jobs) {
          const sight = sights.get(job.sent?.id ?? '');
          if (sight && !job.over) await job.see(sight);
        }
      });
    } catch (error) {
      this.#miss(error, jobs);
    }
  }

  /** Whatever keeps this machine from asking, the jobs go on. */
  #miss(error: unknown, jobs: readonly PlacedJob[]): void {
    if (error instanceof StudioError) for (const job of jobs) job.missed(error);
    else process.emitWarning(error instanceof Error ? error : String(error));
  }
}

function isUnreachable(error: unknown): error is StudioError {
  return error instanceof StudioError && error.code === 'place.unreachable';
}
