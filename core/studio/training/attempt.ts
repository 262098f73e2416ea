/** One attempt of a run: its lease, its processes one after another, its records, its end. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { StudioError } from '../../../contract/errors.ts';
import type { CheckpointInfo, Run, TrainEvent } from '../../../contract/run.ts';
import { openDataset } from '../../data/set/openDataset.ts';
import { refusePicture } from '../../data/set/overlay.ts';
import type { StudioContext } from '../context.ts';
import { requireRunDataset } from './requireRunDataset.ts';
import { isDiskFull, systemCode } from '../../files/fileErrors.ts';
import { onceItCanBeStored } from './storagePatience.ts';
import { appendToLog } from '../jobs/jobLog.ts';
import { type InitialFile, type TrainJob, trainJob } from '../../worker/jobs/train/messages.ts';
import type { RunMessage } from './runMessage.ts';
import { findPoison, MOST_POISON, mayBePoison } from '../jobs/poisonPictures.ts';
import { RunRecorder } from './runRecorder.ts';
import { initialFile } from '../weights/startingPoint.ts';
import { batchThatFits, withFittingBatch } from './trainingBatchProbe.ts';
import { outcomeOf, type TrainingEnd } from './trainingOutcome.ts';
import { takeBestValidation } from './takeBestValidation.ts';
import { trainingWords } from './trainingWords.ts';
import { ProcessorWait } from './processorWait.ts';
import { Watchdog } from './watchdog.ts';
import type { RunningJob } from '../jobs/jobProcess.ts';

const HEARTBEAT_MS = 5000;

export interface ActiveRun {
  /**
   * Resolves once the process is gone, everything is stored and the lease is given back; rejects only when the database
   * failed.
   */
  readonly ended: Promise<void>;
  /** Finish the step, save, end; said again, it changes nothing. */
  stop(): void;
  /** End at once: what came after the last checkpoint is lost. */
  kill(): void;
  /**
   * The host closes: as the first `stop`, and a process that does not come to its checkpoint within seconds is ended
   * without it.
   */
  leave(): void;
}

/**
 * Takes the lease and starts the process.
 * @param from checkpoint to continue from; null trains from the start
 * @throws {StudioError} `run.inUse`, `dataset.notFound`, `dataset.changed`
 */
export async function startTraining(
  context: StudioContext,
  run: Run,
  from: CheckpointInfo | null,
  onMessage: (message: RunMessage) => void,
): Promise<ActiveRun> {
  const { leases, runs, paths, owner } = context;
  const datasetDir = await requireRunDataset(context, run);
  const initial = from ? null : await initialFile(context, run.spec);
  const holder = await leases.acquire(run.id, owner);
  if (holder)
    throw new StudioError(
      'run.inUse',
      `Run ${run.id} is being trained by process ${holder.pid} on ${holder.hostName}.`,
      { remedy: 'Wait for it to end, or stop it there.' },
    );
  // by the clock that never goes back: an end is never before its start
  const beganAt = Date.now();
  const startedAt = performance.now();
  try {
    await runs.beginAttempt(run.id, from?.step ?? 0);
    await runs.update(run.id, { startedAt: run.startedAt ?? new Date().toISOString() });
    const attempt = new Attempt(context, run, datasetDir, initial, onMessage);
    const checkpoint = from ? paths.checkpointDir(run.id, from.path) : null;
    const ended = trainAndStore(context, run, attempt, checkpoint, { beganAt, startedAt });
    return { ended, stop: () => attempt.stop(), kill: () => attempt.kill(), leave: () => attempt.leave() };
  } catch (error) {
    await leases.release(run.id, owner);
    throw error;
  }
}

/** Gives the lease back whatever happens. */
async function trainAndStore(
  context: StudioContext,
  run: Run,
  attempt: Attempt,
  checkpoint: string | null,
  { beganAt, startedAt }: { readonly beganAt: number; readonly startedAt: number },
): Promise<void> {
  const { leases, runs, paths, owner } = context;
  const heartbeat = keepLease(context, run.id, attempt);
  try {
    const outcome = outcomeOf(await attempt.train(checkpoint));
    await attempt.store(() =>
      runs.update(run.id, {
        ...outcome,
        reason: [outcome.reason, ...attempt.leftOut].join(' '),
        endedAt: new Date(beganAt + performance.now() - startedAt).toISOString(),
        addDurationMs: performance.now() - startedAt,
      }),
    );
    await attempt.takeValidation();
    if (outcome.state === 'outOfMemory' && outcome.error) {
      const error = withFittingBatch(outcome.error, run.spec, await attempt.findFittingBatch());
      await runs.update(run.id, { error });
    }
  } finally {
    clearInterval(heartbeat);
    rmSync(paths.decodeDiary(run.id), { recursive: true, force: true });
    await onceItCanBeStored(
      () => leases.release(run.id, owner),
      attempt.leaving,
      (error) => attempt.sayTrouble(error),
    );
  }
}

function keepLease({ leases, owner }: StudioContext, runId: string, attempt: Attempt): NodeJS.Timeout {
  const beat = (): void =>
    void leases.beat(runId, owner).then(
      (held) => {
        if (!held) attempt.loseLease();
      },
      () => undefined,
    );
  return setInterval(beat, HEARTBEAT_MS);
}

/** The processes of one attempt: a fresh one takes over where the last has grown too much. */
class Attempt {
  readonly #context: StudioContext;
  readonly #run: Run;
  readonly #datasetDir: string;
  readonly #initial: InitialFile | null;
  readonly #onMessage: (message: RunMessage) => void;
  readonly #recorder: RunRecorder;
  readonly #logFile: string;
  readonly #diary: string;
  readonly #stopped = new AbortController();
  #job: RunningJob | null = null;
  #leaseLost = false;
  readonly #closing = new AbortController();
  /** Whether the user stopped it before the host began to close. */
  #stoppedBefore = false;
  #watchdog: Watchdog | null = null;
  readonly #leftOut: string[] = [];

  constructor(
    context: StudioContext,
    run: Run,
    datasetDir: string,
    initial: InitialFile | null,
    onMessage: (message: RunMessage) => void,
  ) {
    this.#context = context;
    this.#run = run;
    this.#datasetDir = datasetDir;
    this.#initial = initial;
    this.#onMessage = onMessage;
    this.#recorder = new RunRecorder(context, run.id, {
      onStored: (event) => {
        if (event.type === 'checkpointSaved') this.#job?.confirm(event.checkpoint.seq);
        onMessage(event);
      },
      leaving: this.leaving,
      onTrouble: (error) => this.sayTrouble(error),
    });
    this.#logFile = join(context.paths.runDir(run.id), 'worker.log');
    this.#diary = context.paths.decodeDiary(run.id);
    mkdirSync(this.#diary, { recursive: true });
  }

  stop(): void {
    if (this.#stopped.signal.aborted) return;
    this.#stopped.abort();
    this.#job?.stop();
  }

  kill(): void {
    this.#stopped.abort();
    this.#job?.kill();
  }

  leave(): void {
    // told twice, it is the first time that counts
    if (!this.leaving.aborted) this.#stoppedBefore = this.#stopped.signal.aborted;
    this.#closing.abort();
    this.stop();
    this.#watchdog?.hurry();
  }

  sayTrouble(error: unknown): void {
    const why = isDiskFull(error)
      ? 'The disk is full'
      : 'The data folder cannot be written ' +
        `(${systemCode(error) ?? (error instanceof Error ? error.message : String(error))})`;
    this.#log('error', `${why}: what the run says is kept in memory, and stored when that is possible again.`);
  }

  /** Aborted once the host closes. */
  get leaving(): AbortSignal {
    return this.#closing.signal;
  }

  /** Stores the run's end behind all that it said. */
  store(write: () => Promise<void>): Promise<void> {
    return this.#recorder.store(write);
  }

  /**
   * What it said of the validation images becomes predictions; where that fails they are made when they are asked
   * for.
   */
  async takeValidation(): Promise<void> {
    const taken = await takeBestValidation(this.#context, this.#run).catch(() => false);
    if (taken) this.#onMessage({ type: 'predicted' });
  }

  /** Another process trains the run now; what this one would still say is not to be recorded. */
  loseLease(): void {
    this.#leaseLost = true;
    this.#job?.kill();
  }

  async train(resumeFrom: string | null): Promise<TrainingEnd> {
    for (let from = resumeFrom; ;) {
      const end = await this.#process(from);
      if (
        (end.hung !== null || mayBePoison(end.failure)) &&
        !this.#stopped.signal.aborted &&
        (await this.#leaveOutPoison())
      ) {
        from = this.#recorder.status.lastCheckpoint?.path ?? from;
        continue;
      }
      const { recycling, lastCheckpoint } = this.#recorder.status;
      if (!recycling || !lastCheckpoint || end.failure !== null || end.hung !== null) return end;
      if (this.#stopped.signal.aborted)
        return { ...end, failure: new StudioError('job.stopped', `Stopped after step ${recycling.step}.`) };
      this.#log('info', `A fresh process goes on from step ${recycling.step}: ${recycling.reason}.`);
      from = lastCheckpoint.path;
    }
  }

  /** Whether the process died of a picture, which the data set refuses from now on. */
  async #leaveOutPoison(): Promise<boolean> {
    if (this.#leftOut.length === MOST_POISON) return false;
    const poison = await findPoison(this.#context, this.#diary);
    if (!poison) return false;
    try {
      if (!(await refusePicture(await openDataset(this.#datasetDir), poison.path, poison.reason))) return false;
    } catch (error) {
      if (!(error instanceof StudioError)) throw error;
      this.#log('error', `${poison.path} cannot be left out (${poison.reason}): ${error.message}`);
      return false;
    }
    this.#onMessage({ type: 'pictureRefused', dataset: this.#run.spec.dataset });
    const { lastCheckpoint } = this.#recorder.status;
    this.#leftOut.push(`Excluded during training: ${poison.path} (${poison.reason}).`);
    this.#log(
      'warn',
      `${poison.path} is left out of the data set from now on: ${poison.reason}. The training goes on ` +
        `${lastCheckpoint ? `from step ${lastCheckpoint.step}` : 'from where it began'}.`,
    );
    return true;
  }

  /** Pictures that processes were lost to, in words. */
  get leftOut(): readonly string[] {
    return this.#leftOut;
  }

  /** Null where nothing was found or looked for. */
  async findFittingBatch(): Promise<number | null> {
    const found = await batchThatFits(this.#context, this.#run.spec, {
      signal: this.#stopped.signal,
      logFile: this.#logFile,
      onProbe: (batch) => this.#log('info', `Batch ${this.#run.spec.batchSize} does not fit; trying ${batch}.`),
    });
    return found;
  }

  async #process(resumeFrom: string | null): Promise<TrainingEnd> {
    const { id } = this.#run;
    const watch = this.#watch();
    const job = this.#startJob(resumeFrom, watch.watchdog);
    this.#watchdog = watch.watchdog;
    this.#job = job;
    if (this.leaving.aborted) watch.watchdog.hurry();
    if (this.#stopped.signal.aborted) job.stop();
    const failure = await job.result.then(
      () => null,
      (error: unknown) => error,
    );
    const hung = watch.end();
    this.#watchdog = null;
    this.#job = null;
    await this.#recorder.drain();
    const closing = this.leaving.aborted;
    const stopped = this.#stoppedBefore;
    if (this.#leaseLost) {
      const taken = new StudioError('run.inUse', `Another program took over run ${id} while this one was asleep.`, {
        remedy: 'Nothing is lost: the run goes on there.',
      });
      return { finished: null, failure: taken, killed: false, hung: null, closing, stopped };
    }
    return { finished: this.#recorder.status.finished, failure, killed: job.killed, hung, closing, stopped };
  }

  /** Ends the process once nothing is heard of it; `end` says what was found, null where all was well. */
  #watch(): { readonly watchdog: Watchdog; readonly end: () => string | null } {
    const { patience } = this.#context.supervision;
    let hung: string | null = null;
    let grace: NodeJS.Timeout | undefined;
    const processorWait = new ProcessorWait(() => this.#job?.pid);
    const onHung = (finding: string): void => {
      hung = finding;
      // it was asked to save when the closing began
      if (this.leaving.aborted) {
        this.#job?.kill();
        return;
      }
      this.#log(
        'error',
        `${finding} The process is asked to save and end, and killed in ${patience.graceMs / 1000} s.`,
      );
      this.#job?.stop();
      grace = setTimeout(() => this.#job?.kill(), patience.graceMs);
    };
    const watchdog = new Watchdog(patience, onHung, () => processorWait.sinceLast());
    const end = (): string | null => {
      watchdog.close();
      clearTimeout(grace);
      return hung;
    };
    return { watchdog, end };
  }

  #startJob(resumeFrom: string | null, watchdog: Watchdog): RunningJob {
    const { spec, id } = this.#run;
    const request: TrainJob = {
      runId: id,
      spec,
      runDir: this.#context.paths.runDir(id),
      datasetDir: this.#datasetDir,
      resumeFrom,
      initial: resumeFrom === null ? this.#initial : null,
      growth: this.#context.supervision.growth,
    };
    return this.#context.startJob(trainJob.of(request), {
      device: spec.device,
      shareProcessor: spec.shareProcessor,
      logFile: this.#logFile,
      decodeDiary: this.#diary,
      onEvent: (event) => {
        watchdog.hear(event);
        this.#explain(event);
        this.#recorder.record(event);
      },
      onProgress: (progress) => {
        const message = { ...progress, type: 'preparing' } as const;
        watchdog.hear(message);
        this.#onMessage(message);
      },
      onLog: (level, text) => this.#log(level, text),
    });
  }

  #explain(event: TrainEvent): void {
    const words = trainingWords(event);
    if (words) this.#log('info', words);
    if (event.type === 'resumed' && event.setAside.length > 0)
      this.#log(
        'warn',
        `Continued from step ${event.step}: ${event.setAside.join(', ')} made way, damaged or saved when nobody ` +
          `listened; the steps after ${event.step} are done again.`,
      );
  }

  /** To whoever watches, and to the run's own log. */
  #log(level: 'info' | 'warn' | 'error', text: string): void {
    appendToLog(this.#logFile, `${new Date().toISOString()} ${level}: ${text}\n`);
    this.#onMessage({ type: 'log', level, text });
  }
}
