/** One attempt of a run: its processes one after another, its records. */
import { join } from 'node:path';
import { makeFolderSync } from '../../files/makeFolder.ts';
import { StudioError } from '../../../contract/errors.ts';
import type { Run, TrainEvent } from '../../../contract/run.ts';
import { movedWords } from '../../../pure/gpuWords.ts';
import { openDataset } from '../../data/set/openDataset.ts';
import { refusePicture } from '../../data/set/overlay.ts';
import type { StudioContext } from '../context.ts';
import { isDiskFull, systemCode } from '../../files/fileErrors.ts';
import type { Lane } from '../lanes/machineLanes.ts';
import type { PlaceLane } from '../places/placeBook.ts';
import { PlacedJob } from '../places/placedJob.ts';
import { appendToLog } from '../jobs/jobLog.ts';
import { packJob } from '../../worker/jobs/pack/messages.ts';
import { type InitialFile, type TrainJob, trainJob } from '../../worker/jobs/train/messages.ts';
import type { RunMessage } from './runMessage.ts';
import { findPoison, MOST_POISON, mayBePoison } from '../jobs/poisonPictures.ts';
import { RunRecorder } from './runRecorder.ts';
import { batchThatFits } from './trainingBatchProbe.ts';
import type { TrainingEnd } from './trainingOutcome.ts';
import { takeBestValidation } from './takeBestValidation.ts';
import { trainingWords } from './trainingWords.ts';
import { ProcessorWait } from './processorWait.ts';
import { ENDLESS_PATIENCE, USUAL_PATIENCE, Watchdog } from './watchdog.ts';
import type { JobListeners, RunningJob } from '../jobs/jobProcess.ts';
import { runJob } from '../jobs/runJob.ts';

const ENDLESS = { ...USUAL_PATIENCE, ...ENDLESS_PATIENCE };

interface GivenToAttempt {
  readonly datasetDir: string;
  readonly initial: InitialFile | null;
  readonly lane: Lane | PlaceLane;
}

/** The processes of one attempt: a fresh one takes over where the last has grown too much. */
export class Attempt {
  readonly #context: StudioContext;
  readonly #run: Run;
  readonly #given: GivenToAttempt;
  readonly #onMessage: (message: RunMessage) => void;
  readonly #recorder: RunRecorder;
  readonly #logFile: string;
  readonly #diary: string;
  readonly #stopped = new AbortController();
  #job: RunningJob | null = null;
  #leaseLost = false;
  #isLeftBehind = false;
  #computedMs: number | null = null;
  readonly #closing = new AbortController();
  /** Whether the user stopped it before the host began to close. */
  #stoppedBefore = false;
  #watchdog: Watchdog | null = null;
  readonly #leftOut: string[] = [];

  constructor(context: StudioContext, run: Run, given: GivenToAttempt, onMessage: (message: RunMessage) => void) {
    this.#context = context;
    this.#run = run;
    this.#given = given;
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
    makeFolderSync(this.#diary);
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
    if (this.#leaveBehind()) return;
    this.stop();
    this.#watchdog?.hurry();
  }

  /** Whether its job is at another place, and nobody follows it from here any more. */
  #leaveBehind(): boolean {
    // one that is still being sent has no life of its own
    if (!(this.#job instanceof PlacedJob) || this.#job.sent === null) return false;
    this.#isLeftBehind = true;
    void this.#job.detach();
    return true;
  }

  /** Whether the host went away, and the run goes on at its place. */
  get isLeftBehind(): boolean {
    return this.#isLeftBehind;
  }

  /** How long the processes at another place have worked; null on this machine. */
  get computedMs(): number | null {
    return this.#computedMs;
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
    if (!this.#leaveBehind()) this.#job?.kill();
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
      if (!(await refusePicture(await openDataset(this.#given.datasetDir), poison.path, poison.reason))) return false;
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
    const { lane } = this.#given;
    if (lane.kind === 'place') return null;
    const found = await batchThatFits(this.#context, this.#run.spec, {
      signal: this.#stopped.signal,
      lane,
      logFile: this.#logFile,
      onProbe: (batch) => this.#log('info', `Batch ${this.#run.spec.batchSize} does not fit; trying ${batch}.`),
    });
    return found;
  }

  /** What to say where the GPU it computed on is not there any more; null where it is, or was none. */
  async vanishedGpu(): Promise<StudioError | null> {
    const { lane } = this.#given;
    return lane.kind === 'place' ? null : this.#context.lanes.vanished(lane);
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
    if (job instanceof PlacedJob) this.#computedMs = (this.#computedMs ?? 0) + job.computedMs;
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
    // at another place a process is watched by the job that started it
    const patience = this.#given.lane.kind === 'place' ? ENDLESS : this.#context.supervision.patience;
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
      datasetDir: this.#given.datasetDir,
      resumeFrom,
      initial: resumeFrom === null ? this.#given.initial : null,
      growth: this.#context.supervision.growth,
    };
    const { lane } = this.#given;
    const listeners: JobListeners = {
      onEvent: (said) => {
        const event = this.#withMove(said);
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
    };
    if (lane.kind === 'place') return this.#startAway(request, lane, listeners);
    return this.#context.startJob(trainJob.of(request), {
      device: spec.device,
      lane,
      shareProcessor: spec.shareProcessor,
      logFile: this.#logFile,
      decodeDiary: this.#diary,
      ...listeners,
    });
  }

  #startAway(request: TrainJob, lane: PlaceLane, listeners: JobListeners): RunningJob {
    return this.#context.places.start(lane, {
      request,
      shareProcessor: this.#run.spec.shareProcessor,
      ...listeners,
      pack: (signal) =>
        runJob(
          this.#context,
          packJob,
          { spec: request.spec, datasetDir: request.datasetDir },
          { ...listeners, signal, logFile: this.#logFile },
        ),
      stored: () => this.#recorder.drain(),
      onWhereabouts: (reason, waiting) => {
        const change = { reason, ...(waiting && { state: 'starting' as const }) };
        void this.#recorder.store(() => this.#context.runs.update(this.#run.id, change)).catch(() => undefined);
        this.#onMessage({ type: 'whereabouts', words: reason, waiting });
      },
    });
  }

  /** A run that goes on elsewhere than before says so beside its device. */
  #withMove(event: TrainEvent): TrainEvent {
    const moved = event.type === 'started' ? movedWords(this.#run.device, event.device) : null;
    if (event.type !== 'started' || moved === null) return event;
    this.#log('warn', moved);
    const notice = [event.device.notice, moved].filter(Boolean).join(' ');
    return { ...event, device: { ...event.device, notice } };
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
