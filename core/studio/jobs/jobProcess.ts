/** Supervision of one job process: its messages, its end, and its death. */
import { StudioError } from '../../../contract/errors.ts';
import type { Progress } from '../../../contract/progress.ts';
import type { TrainEvent } from '../../../contract/run.ts';
import { type Job, WorkerMessage } from '../../worker/jobMessages.ts';
import type { Fork, JobChild, JobExit } from './jobChild.ts';
import { appendToLog, prepareLog } from './jobLog.ts';
import { MemoryWitness } from './memoryWitness.ts';
import { deathInWords } from './processDeath.ts';

export interface JobListeners {
  readonly onProgress?: (progress: Progress) => void;
  readonly onEvent?: (event: TrainEvent) => void;
  readonly onLog?: (level: 'info' | 'warn' | 'error', text: string) => void;
}

export interface JobOptions extends JobListeners {
  readonly fork: Fork;
  readonly entry: string;
  readonly env: Readonly<Record<string, string>>;
  /** Everything the process prints is appended here. */
  readonly logFile: string;
}

export interface RunningJob {
  readonly pid: number | undefined;
  /**
   * The job's result, once the process is gone.
   * @throws {StudioError} what the job failed with, or `run.workerDied`
   */
  readonly result: Promise<unknown>;
  /** First call: the job finishes its step, saves and ends. Second call: the process is killed. */
  stop(): void;
  kill(): void;
  /** Tells the job that its checkpoint `seq` is recorded. */
  confirm(seq: number): void;
  /** Whether `kill` or a second `stop` ended it. */
  readonly killed: boolean;
}

/** After its last message a process has this long to leave by itself. */
const EXIT_GRACE_MS = 5000;
/**
 * A killed process that is still there waits for a device or a file server inside the kernel, and ends when that
 * answers.
 */
const UNKILLABLE_MS = 5000;
const OUTPUT_KEPT = 4000;

type JobEnd = { readonly result: unknown } | { readonly error: StudioError };

/** Starts `job` in a process of its own. */
export function startJob(job: Job, options: JobOptions): RunningJob {
  return new JobProcess(job, options);
}

class JobProcess implements RunningJob {
  readonly result: Promise<unknown>;
  readonly #job: Job;
  readonly #options: JobOptions;
  readonly #child: JobChild;
  readonly #witness: MemoryWitness;
  readonly #resolve: (result: unknown) => void;
  readonly #reject: (error: unknown) => void;
  /** What the job said last; null until then. */
  #end: JobEnd | null = null;
  #stops = 0;
  #killed = false;
  /** The last of what it printed. */
  #output = '';
  #graceTimer: NodeJS.Timeout | undefined;
  #unkillableTimer: NodeJS.Timeout | undefined;

  constructor(job: Job, options: JobOptions) {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.result = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#job = job;
    this.#options = options;
    prepareLog(options.logFile);
    this.#child = options.fork(options.entry, { env: options.env });
    // a start that fails leaves nothing that watches
    this.#witness = new MemoryWitness(() => this.#child.pid);
    this.#child.onMessage((message) => this.#hear(message));
    this.#child.onOutput((text) => {
      this.#output = (this.#output + text).slice(-OUTPUT_KEPT);
      appendToLog(options.logFile, text);
    });
    this.#child.onExit((exit) => this.#settle(exit));
    this.#child.send({ type: 'start', job });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get killed(): boolean {
    return this.#killed;
  }

  stop(): void {
    this.#stops++;
    if (this.#stops === 1) this.#child.send({ type: 'stop' });
    else this.kill();
  }

  kill(): void {
    this.#killed = true;
    this.#child.kill();
    this.#unkillableTimer ??= setTimeout(() => this.#reject(unkillable()), UNKILLABLE_MS);
  }

  confirm(seq: number): void {
    this.#child.send({ type: 'recorded', seq });
  }

  #hear(message: unknown): void {
    const { onProgress, onEvent, onLog } = this.#options;
    const parsed = WorkerMessage.safeParse(message);
    if (!parsed.success) {
      this.#note({ error: unreadable(parsed.error.issues[0]) });
      this.#child.kill();
      return;
    }
    const { data } = parsed;
    switch (data.type) {
      case 'progress':
        return onProgress?.(data);
      case 'event':
        return onEvent?.(data.event);
      case 'log':
        return onLog?.(data.level, data.text);
      case 'done':
        return this.#note({ result: data.result });
      case 'failed':
        return this.#note({ error: StudioError.fromReport(data.error) });
    }
  }

  #note(end: JobEnd): void {
    if (this.#end) return;
    this.#end = end;
    this.#graceTimer = setTimeout(() => this.#child.kill(), EXIT_GRACE_MS);
  }

  #settle(exit: JobExit): void {
    clearTimeout(this.#graceTimer);
    clearTimeout(this.#unkillableTimer);
    const end = this.#end;
    if (!end) {
      const { logFile } = this.#options;
      const circumstances = { killed: this.#killed, output: this.#output, logFile, memory: this.#witness.finding() };
      this.#reject(deathInWords(this.#job.kind, exit, circumstances));
    } else if ('error' in end) this.#reject(end.error);
    else this.#resolve(end.result);
  }
}

function unreadable(
  issue: { readonly path: readonly PropertyKey[]; readonly message: string } | undefined,
): StudioError {
  return new StudioError(
    'run.workerDied',
    `The job process sent a message that cannot be read: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}.`,
    { remedy: 'This is a fault in Quorum; the job was ended.' },
  );
}

function unkillable(): StudioError {
  return new StudioError(
    'run.workerDied',
    'The job process was killed and has not gone: the system waits for a device or a file server on its behalf.',
    { remedy: 'Check the disk and the network drives; the last checkpoint is kept.' },
  );
}
