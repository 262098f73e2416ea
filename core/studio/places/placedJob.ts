/** A job at another place as its host has it: what its journal says, and what the scheduler says of it. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolderSync } from '../../files/makeFolder.ts';
import { StudioError } from '../../../contract/errors.ts';
import { plural } from '../../../pure/plural.ts';
import type { JobListeners, RunningJob } from '../jobs/jobProcess.ts';
import {
  askToStop,
  type JobFile,
  type JournalLine,
  type Left,
  OUTPUT_FILE,
  PlaceJournal,
  readSent,
  type SentFile,
  writeJobFile,
  writeSent,
} from './jobFolder.ts';
import { type Ending, endingOf } from './jobEnding.ts';
import type { Cargo, MirroredRun } from './placeFiles.ts';
import type { JobSight } from './scheduler.ts';
import type { z } from 'zod';

export interface PlacedJobOptions extends JobListeners {
  /** Name of the place. */
  readonly place: string;
  /** `place/` in the run's folder, as this machine sees it. */
  readonly folder: string;
  /** The run's folder as the place sees it. */
  readonly runDirThere: string;
  readonly job: Omit<JobFile, 'token'>;
  /** What has to be brought there first; null where the place sees this machine's files. */
  readonly cargo?: Cargo | null;
  /** Resolves once all that was told is stored. */
  readonly stored: () => Promise<void>;
  /** Where it stands in the line, or where it runs, in words; null while that is not known. */
  readonly onWhereabouts: (words: string, waiting: boolean) => void;
}

/** What the job wants of those that talk to the scheduler. */
export interface Desk {
  submitAgain(job: PlacedJob): void;
  cancel(job: PlacedJob): void;
  /** Something is to be told there. */
  hurry(): void;
  forget(job: PlacedJob): void;
}

/** How often what is stored is noted: less may be told twice after a crash. */
const NOTE_MS = 5000;
/** Submissions in a row that end before anything is saved. */
const MOST_FRUITLESS = 2;
const OUTPUT_KEPT = 1000;

export class PlacedJob implements RunningJob {
  readonly pid = undefined;
  readonly result: Promise<unknown>;
  readonly options: PlacedJobOptions;
  readonly #desk: Desk;
  readonly #journal: PlaceJournal;
  readonly #resolve: (result: unknown) => void;
  readonly #reject: (error: unknown) => void;
  /** Aborted once nobody wants it any more. */
  readonly #unwanted = new AbortController();
  /** Its folder here, where the place has a copy. */
  readonly mirrored: MirroredRun;
  #sent: SentFile | null;
  #offset = 0;
  #notedAt = 0;
  #left: z.infer<typeof Left> | null = null;
  #over = false;
  #stopped = false;
  #killed = false;
  #goneBefore = false;
  #saved = false;
  #fruitless = 0;
  #told = '';
  #unreachable = false;
  #hearing: Promise<void> = Promise.resolve();
  #begunAt: number | null = null;
  #computedMs = 0;
  #waiting: boolean;

  constructor(desk: Desk, options: PlacedJobOptions) {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.result = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.options = options;
    this.#desk = desk;
    this.#journal = new PlaceJournal(options.folder);
    this.#sent = readSent(options.folder);
    this.#offset = this.#sent?.offset ?? 0;
    // its first word is stored
    this.#waiting = this.#offset === 0;
    this.mirrored = { runDir: dirname(options.folder), logOffset: this.#sent?.logOffset ?? 0 };
  }

  /** What is noted of its submission; null before the first one. */
  get sent(): SentFile | null {
    return this.#sent;
  }

  /** Aborted once it is over: what is still on its way there need not arrive. */
  get unwanted(): AbortSignal {
    return this.#unwanted.signal;
  }

  /** Whether what lies there of the run is of an earlier attempt, none of this one's jobs having been taken. */
  get fresh(): boolean {
    return this.#sent?.fresh ?? true;
  }

  get killed(): boolean {
    return this.#killed;
  }

  get over(): boolean {
    return this.#over;
  }

  /** How long its processes have worked since this host follows it. */
  get computedMs(): number {
    return this.#computedMs;
  }

  /** Notes a submission, before it is made. */
  prepare(token: string, index: number, count: number): void {
    const { folder, place, job } = this.options;
    if (!this.#sent) rmSync(folder, { recursive: true, force: true });
    makeFolderSync(folder);
    writeJobFile(folder, { ...job, token });
    const sentAt = new Date().toISOString();
    this.#note({ ...this.#progress(), fresh: this.fresh, place, token, index, count, id: null, sentAt });
    this.#left = null;
    this.#saved = false;
    this.#goneBefore = false;
    if (this.#stopped) askToStop(folder);
  }

  /** The scheduler took it. */
  taken(id: string): void {
    if (this.#sent) this.#note({ ...this.#sent, fresh: false, id });
    this.#say('info', `Submitted to ${this.options.place} as job ${id}.`);
    if (this.#killed) this.#desk.cancel(this);
  }

  /** Finish the step, save, end; where it waits in line it leaves that. */
  stop(): void {
    if (this.#stopped) return this.kill();
    this.#stopped = true;
    if (!this.#sent) return this.#end(() => this.#reject(stoppedEarly()));
    askToStop(this.options.folder);
    this.#desk.hurry();
    if (this.#waiting && this.#sent.id !== null) this.#desk.cancel(this);
  }

  kill(): void {
    this.#killed = true;
    if (!this.#sent) return this.#end(() => this.#reject(stoppedEarly()));
    if (this.#sent.id !== null) this.#desk.cancel(this);
  }

  /** The process at the place confirms its checkpoints itself. */
  confirm(): void {}

  /** The host goes away; the job does not. */
  async detach(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    this.#unwanted.abort();
    this.#desk.forget(this);
    await this.#hearing;
    if (this.#sent) this.#note({ ...this.#sent, ...this.#progress() });
    this.#reject(new StudioError('job.stopped', `The run continues on ${this.options.place}.`));
  }

  /** Reads what is new in the journal. */
  hear(): Promise<void> {
    this.#hearing = this.#hearing.then(async () => {
      try {
        await this.#hear();
      } catch (error) {
        this.fail(error);
      }
    });
    return this.#hearing;
  }

  /** What the scheduler says of it now. */
  async see(sight: JobSight): Promise<void> {
    if (this.#unreachable) this.#say('info', `${this.options.place} answers again.`);
    this.#unreachable = false;
    if (sight.phase !== 'gone') {
      this.#goneBefore = false;
      this.#waiting = sight.phase === 'waiting';
      if (this.#waiting && this.#stopped) this.#desk.cancel(this);
      this.#tell(sight);
      return;
    }
    await this.hear();
    // what it wrote last may still be on its way through the file server
    if (this.#goneBefore && !this.#over) this.#judge(sight);
    this.#goneBefore = true;
  }

  /** The scheduler does not answer, which ends nothing. */
  missed(error: StudioError): void {
    if (!this.#unreachable) this.#say('warn', `${error.message} The run is not affected; Quorum asks again.`);
    this.#unreachable = true;
  }

  fail(error: unknown): void {
    this.#end(() => this.#reject(error));
  }

  async #hear(): Promise<void> {
    while (!this.#over) {
      const { lines, offset } = this.#read();
      if (offset === this.#offset) return;
      for (const line of lines) this.#take(line);
      await this.options.stored();
      if (this.#over) return;
      this.#offset = offset;
      if (this.#sent && performance.now() - this.#notedAt > NOTE_MS) this.#note({ ...this.#sent, ...this.#progress() });
    }
  }

  /** A file server that does not answer now is asked again at the next look. */
  #read(): ReturnType<PlaceJournal['read']> {
    try {
      return this.#journal.read(this.#offset);
    } catch {
      return { lines: [], offset: this.#offset };
    }
  }

  #take({ at, message }: JournalLine): void {
    const { onProgress, onEvent, onLog } = this.options;
    switch (message.type) {
      case 'begun':
        this.#begunAt = Date.parse(at);
        this.#left = null;
        this.#waiting = false;
        return this.#say('info', `Job ${message.job} starts on ${message.hostName}.`);
      case 'left':
        this.#left = message;
        this.#pause(at);
        return this.#say('info', LEAVING[message.why]);
      case 'progress':
        return onProgress?.(message);
      case 'event':
        if (message.event.type === 'checkpointSaved') this.#saved = true;
        return onEvent?.(message.event);
      case 'log':
        return onLog?.(message.level, message.text);
      case 'done':
        this.#pause(at);
        return this.#end(() => this.#resolve(message.result));
      case 'failed':
        this.#pause(at);
        return this.#end(() => this.#reject(StudioError.fromReport(message.error)));
    }
  }

  #pause(at: string): void {
    if (this.#begunAt !== null) this.#computedMs += Math.max(0, Date.parse(at) - this.#begunAt);
    this.#begunAt = null;
  }

  #tell({ state, reason, position, node }: JobSight): void {
    const job = `job ${this.#sent?.id ?? ''} on ${this.options.place}`;
    const line = position === null ? '' : position === 1 ? ', next in line' : `, ${plural(position - 1, 'job')} ahead`;
    const words = this.#waiting
      ? `${job} is waiting (${reason ?? state ?? ''})${line}`
      : `${job} is running${node === null ? '' : ` on ${node}`}`;
    if (words === this.#told) return;
    this.#told = words;
    this.options.onWhereabouts(words, this.#waiting);
  }

  #judge(sight: JobSight): void {
    const { place, onEvent } = this.options;
    const judged = { place, id: this.#sent?.id ?? '', stopped: this.#stopped, killed: this.#killed, left: this.#left };
    const ending: Ending = endingOf(sight, { ...judged, output: this.#output() });
    if (ending.kind === 'again') {
      this.#fruitless = this.#saved ? 0 : this.#fruitless + 1;
      if (this.#fruitless < MOST_FRUITLESS) {
        this.#say('warn', `${ending.why} It is submitted again and continues from its last checkpoint.`);
        return this.#desk.submitAgain(this);
      }
      return this.fail(fruitless(ending.why));
    }
    if (ending.kind === 'failed') return this.fail(ending.error);
    if (ending.finished) onEvent?.(ending.finished);
    this.#end(() => this.#resolve(null));
  }

  #output(): string {
    const path = join(this.options.folder, OUTPUT_FILE);
    return existsSync(path) ? readFileSync(path, 'utf8').trim().slice(-OUTPUT_KEPT) : '';
  }

  #end(settle: () => void): void {
    if (this.#over) return;
    this.#over = true;
    this.#unwanted.abort();
    this.#desk.forget(this);
    settle();
  }

  #progress(): Pick<SentFile, 'offset' | 'logOffset'> {
    return { offset: this.#offset, logOffset: this.mirrored.logOffset };
  }

  #note(sent: SentFile): void {
    this.#sent = sent;
    this.#notedAt = performance.now();
    writeSent(this.options.folder, sent);
  }

  #say(level: 'info' | 'warn', text: string): void {
    this.options.onLog?.(level, text);
  }
}

const LEAVING = {
  timeLimit: 'The time limit is near: saved and requeued, to continue from there.',
  terminated: 'The job was asked to end, and saved.',
} as const;

function stoppedEarly(): StudioError {
  return new StudioError('job.stopped', 'Stopped before it was submitted.');
}

function fruitless(why: string): StudioError {
  return new StudioError('run.workerDied', `${why} It ended so ${MOST_FRUITLESS} times without a checkpoint.`, {
    remedy: 'Set a longer time limit in Settings → Places, or save more often; then resume the run.',
  });
}
