/**
 * The process that trains a run at another place: it needs nobody, tells its journal in the run's folder what happens,
 * and goes on from the newest checkpoint whenever it is started again.
 */
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { kindOf } from '../../../contract/deviceChoice.ts';
import type { EngineDevice } from '../../../contract/engine.ts';
import { StudioError } from '../../../contract/errors.ts';
import type { Progress } from '../../../contract/progress.ts';
import type { TrainEvent } from '../../../contract/run.ts';
import { JOURNAL_VARIABLE } from '../../data/pictures/decodeJournal.ts';
import { findGpus } from '../../provision/gpu.ts';
import { installEngine } from '../../provision/install.ts';
import { locateEngine } from '../../provision/installation.ts';
import { trainJob } from '../../worker/jobs/train/messages.ts';
import type { Fork } from '../jobs/jobChild.ts';
import { jobEnvironment } from '../jobs/jobEnvironment.ts';
import { type RunningJob, startJob } from '../jobs/jobProcess.ts';
import { checkpointFolders } from '../records/checkpointFolders.ts';
import { foldTraining, NOT_STARTED, type TrainingStatus } from '../training/trainingStatus.ts';
import { ProcessorWait } from '../training/processorWait.ts';
import { USUAL_PATIENCE, Watchdog } from '../training/watchdog.ts';
import {
  isAskedToLeave,
  isAskedToStop,
  JOB_VARIABLE,
  type JobFile,
  type Left,
  PLACE_FOLDER,
  type PlacedMessage,
  PlaceJournal,
  readJobFile,
  TOKEN_VARIABLE,
} from './jobFolder.ts';
import type { z } from 'zod';

export interface DetachedOptions {
  readonly fork: Fork;
  /** Entry of the job process. */
  readonly workerEntry: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** How often it looks whether it is to stop. Also the least time between two words of progress. */
const LOOK_MS = 1000;
/** Slurm ends this process once it has put the job back into line. */
const REQUEUE_PATIENCE_MS = 60_000;

/** Trains the run in `runDir` until it has ended, or this process is told to leave. */
export async function runDetachedJob(runDir: string, options: DetachedOptions): Promise<void> {
  const job = readJobFile(join(runDir, PLACE_FOLDER));
  if (options.env[TOKEN_VARIABLE] !== job.token) return;
  await new DetachedJob(runDir, job, options).run();
}

class DetachedJob {
  readonly #runDir: string;
  readonly #folder: string;
  readonly #job: JobFile;
  readonly #options: DetachedOptions;
  readonly #journal: PlaceJournal;
  #child: RunningJob | null = null;
  #watchdog: Watchdog | null = null;
  #status: TrainingStatus = NOT_STARTED;
  #stopped = false;
  #leaving: z.infer<typeof Left>['why'] | null = null;
  /** A later submission trains the run now: nothing of this one counts any more. */
  #superseded = false;
  #heldBack: TrainEvent | null = null;
  /** Where this process began. */
  #firstStep: number | null = null;
  #lastProgress = -Infinity;

  constructor(runDir: string, job: JobFile, options: DetachedOptions) {
    this.#runDir = runDir;
    this.#folder = join(runDir, PLACE_FOLDER);
    this.#job = job;
    this.#options = options;
    this.#journal = new PlaceJournal(this.#folder);
  }

  async run(): Promise<void> {
    const { env } = this.#options;
    process.on('SIGTERM', () => this.#leave('terminated'));
    const job = env[JOB_VARIABLE] ?? env['SLURM_JOB_ID'] ?? String(process.pid);
    this.#say({ type: 'begun', hostName: hostname(), job });
    const timer = setInterval(() => this.#look(), LOOK_MS);
    this.#look();
    let failure: unknown = null;
    try {
      await this.#prepareEngine();
      failure = await this.#train();
    } catch (error) {
      failure = error;
    }
    clearInterval(timer);
    await this.#end(failure);
  }

  async #end(failure: unknown): Promise<void> {
    if (this.#superseded) return;
    const stoppedEarly = failure instanceof StudioError && failure.code === 'job.stopped';
    const why = this.#leaving;
    if (why !== null && !this.#stopped && (this.#heldBack !== null || stoppedEarly)) {
      // else it would be put back into line for ever
      if (why === 'timeLimit' && this.#status.step <= (this.#firstStep ?? 0)) return this.#say(tooShort());
      this.#say({ type: 'left', why, finished: this.#heldBack });
      if (why === 'timeLimit') await this.#requeue();
      return;
    }
    if (failure === null) this.#say({ type: 'done', result: null });
    else this.#say({ type: 'failed', error: asStudioError(failure).toReport() });
  }

  /** Null where its processes ended well. */
  async #train(): Promise<unknown> {
    for (;;) {
      const failure = await this.#process();
      const { recycling } = this.#status;
      if (failure !== null || !recycling) return failure;
      if (this.#stopped || this.#leaving !== null || this.#superseded)
        return new StudioError('job.stopped', `Stopped after step ${recycling.step}.`);
    }
  }

  async #process(): Promise<unknown> {
    const { request, device, shareProcessor } = this.#job;
    const { fork, workerEntry, env } = this.#options;
    const newest = checkpointFolders(join(this.#runDir, 'checkpoints')).whole.findLast(
      ({ manifest }) => manifest.runId === request.runId,
    );
    const resumeFrom = newest?.path ?? request.resumeFrom;
    const decoding = join(this.#folder, 'decoding');
    mkdirSync(decoding, { recursive: true });
    const job = trainJob.of({ ...request, resumeFrom, initial: resumeFrom === null ? request.initial : null });
    const child = startJob(job, {
      fork,
      entry: workerEntry,
      env: { ...jobEnvironment(env, device, { shared: shareProcessor }), [JOURNAL_VARIABLE]: decoding },
      logFile: join(this.#runDir, this.#job.logFile),
      onEvent: (event) => this.#hear(event),
      onProgress: (progress) => this.#hearProgress(progress),
      onLog: (level, text) => this.#say({ type: 'log', level, text }),
    });
    this.#child = child;
    const wait = new ProcessorWait(() => child.pid);
    let hung: string | null = null;
    const watchdog = new Watchdog(
      USUAL_PATIENCE,
      (finding) => {
        hung = finding;
        child.stop();
        setTimeout(() => child.kill(), USUAL_PATIENCE.graceMs).unref();
      },
      () => wait.sinceLast(),
    );
    this.#watchdog = watchdog;
    if (this.#stopped || this.#leaving !== null) child.stop();
    const failure = await child.result.then(
      () => null,
      (error: unknown) => error,
    );
    watchdog.close();
    this.#child = null;
    return hung === null ? failure : hungError(hung);
  }

  #hear(event: TrainEvent): void {
    this.#status = foldTraining(this.#status, event);
    this.#firstStep ??= event.type === 'resumed' ? event.step : 0;
    this.#watchdog?.hear(event);
    if (event.type === 'finished' && event.state === 'stopped' && this.#leaving !== null && !this.#stopped) {
      this.#heldBack = event;
      return;
    }
    if (event.type === 'validating' && !this.#isDue()) return;
    this.#say({ type: 'event', event });
    // nobody else keeps records: older checkpoints may go once this one is in the journal
    if (event.type === 'checkpointSaved') this.#child?.confirm(event.checkpoint.seq);
  }

  #hearProgress(progress: Progress): void {
    this.#watchdog?.hear({ ...progress, type: 'preparing' });
    if (this.#isDue() || progress.done === progress.total) this.#say({ type: 'progress', ...progress });
  }

  #isDue(): boolean {
    const now = performance.now();
    if (now - this.#lastProgress < LOOK_MS) return false;
    this.#lastProgress = now;
    return true;
  }

  #look(): void {
    try {
      this.#superseded = readJobFile(this.#folder).token !== this.#job.token;
    } catch {
      // the file server may answer at the next look
    }
    if (this.#superseded) this.#child?.kill();
    if (isAskedToLeave(this.#folder)) this.#leave('timeLimit');
    if (this.#stopped || !isAskedToStop(this.#folder)) return;
    this.#stopped = true;
    this.#child?.stop();
  }

  #leave(why: z.infer<typeof Left>['why']): void {
    if (this.#leaving !== null) return;
    this.#leaving = why;
    if (!this.#stopped) this.#child?.stop();
  }

  /** Slurm puts the job back into line, and ends this process. */
  async #requeue(): Promise<void> {
    const id = this.#options.env['SLURM_JOB_ID'];
    if (id === undefined) return;
    try {
      await promisify(execFile)('scontrol', ['requeue', id], { timeout: REQUEUE_PATIENCE_MS });
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      const text = `The job cannot be requeued from here (${cause}); it is submitted again.`;
      this.#say({ type: 'log', level: 'warn', text });
    }
  }

  async #prepareEngine(): Promise<void> {
    const missing = await missingEngine(this.#job.device);
    if (missing === null) return;
    if (!this.#job.installEngine)
      throw new StudioError('engine.notInstalled', `TensorFlow is not installed at this place (${hostname()}).`, {
        remedy:
          `Run \`quorum engine install --device ${missing}\` there, ` +
          'or allow the first job to install it in Settings → Places.',
      });
    await installEngine(missing, {
      onProgress: ({ stage, label, done, total, perSec, secondsLeft }) => {
        if (this.#isDue())
          this.#say({ type: 'progress', stage: `${stage} ${label}`, done, total, perSec, secondsLeft });
      },
    });
  }

  #say(message: PlacedMessage): void {
    const passing = message.type === 'progress' || (message.type === 'event' && message.event.type === 'stepped');
    this.#journal.write(message, !passing);
  }
}

/** What has to be installed for a job with that device; null where it can start. */
async function missingEngine(device: JobFile['device']): Promise<EngineDevice | null> {
  const kind = kindOf(device);
  if (kind === 'wasm') return null;
  if (kind !== 'auto') return locateEngine(kind) ? null : kind;
  if (locateEngine('gpu') || locateEngine('cpu')) return null;
  return (await findGpus()).gpus.length > 0 ? 'gpu' : 'cpu';
}

function hungError(finding: string): StudioError {
  return new StudioError('run.hung', `The job process hung and was ended. ${finding}`, {
    remedy: 'The last checkpoint is kept; continue with --resume. Check the node and worker.log.',
  });
}

function tooShort(): PlacedMessage {
  const error = new StudioError('run.workerDied', 'The time limit was reached before the first step was done.', {
    remedy: 'Set a longer time limit in Settings → Places, then resume the run.',
  });
  return { type: 'failed', error: error.toReport() };
}

function asStudioError(error: unknown): StudioError {
  return error instanceof StudioError
    ? error
    : new StudioError('run.workerDied', error instanceof Error ? error.message : String(error));
}
