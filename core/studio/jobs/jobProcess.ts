/** Supervision of one job process: its messages, its end, and its death. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { StudioError } from '../../../contract/errors.ts';
import type { TrainEvent } from '../../../contract/run.ts';
import { type Job, WorkerMessage } from '../../worker/jobMessages.ts';
import type { Fork } from './jobChild.ts';
import { appendToLog } from './jobLog.ts';
import { MemoryWitness } from './memoryWitness.ts';
import { deathInWords } from './processDeath.ts';

export type JobProgress = Omit<Extract<WorkerMessage, { type: 'progress' }>, 'type'>;

export interface JobListeners {
  readonly onProgress?: (progress: JobProgress) => void;
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
  /** Whether `kill` or a second `stop` ended it. */
  readonly killed: boolean;
}

/** After its last message a process has this long to leave by itself. */
const EXIT_GRACE_MS = 5000;
/** A killed process that is still there waits for a device or a file server inside the kernel, and ends when that answers. */
const UNKILLABLE_MS = 5000;
const OUTPUT_KEPT = 4000;

/** Starts `job` in a process of its own. */
export function startJob(job: Job, options: JobOptions): RunningJob {
  const { fork, entry, env, logFile, onProgress, onEvent, onLog } = options;
  const child = fork(entry, { env });
  const witness = new MemoryWitness();
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  let ended: { result: unknown } | { error: StudioError } | null = null;
  let stops = 0;
  let killed = false;
  let output = '';
  let graceTimer: NodeJS.Timeout | undefined;
  let unkillable: NodeJS.Timeout | undefined;
  mkdirSync(dirname(logFile), { recursive: true });

  const end = (how: { result: unknown } | { error: StudioError }): void => {
    if (ended) return;
    ended = how;
    graceTimer = setTimeout(() => child.kill(), EXIT_GRACE_MS);
  };
  child.onMessage((message) => {
    const parsed = WorkerMessage.safeParse(message);
    if (!parsed.success) {
      end({
        error: new StudioError(
          'run.workerDied',
          `The job process sent a message that cannot be read: ${parsed.error.issues[0]?.path.join('.') ?? ''} ${parsed.error.issues[0]?.message ?? ''}.`,
          { remedy: 'This is a fault in Quorum; the job was ended.' },
        ),
      });
      child.kill();
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
        return end({ result: data.result });
      case 'failed':
        return end({ error: StudioError.fromReport(data.error) });
    }
  });
  child.onOutput((text) => {
    output = (output + text).slice(-OUTPUT_KEPT);
    appendToLog(logFile, text);
  });
  child.onExit((exit) => {
    clearTimeout(graceTimer);
    clearTimeout(unkillable);
    const memory = witness.finding();
    if (!ended) reject(deathInWords(job.kind, exit, { killed, output, logFile, memory }));
    else if ('error' in ended) reject(ended.error);
    else resolve(ended.result);
  });
  child.send({ type: 'start', job });

  const kill = (): void => {
    killed = true;
    child.kill();
    unkillable ??= setTimeout(
      () =>
        reject(
          new StudioError(
            'run.workerDied',
            'The job process was killed and has not gone: the system waits for a device or a file server on its behalf.',
            { remedy: 'Check the disk and the network drives; the last checkpoint is kept.' },
          ),
        ),
      UNKILLABLE_MS,
    );
  };
  return {
    pid: child.pid,
    result: promise,
    stop() {
      stops++;
      if (stops === 1) child.send({ type: 'stop' });
      else kill();
    },
    kill,
    get killed() {
      return killed;
    },
  };
}
