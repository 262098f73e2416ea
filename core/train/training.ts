/** A training while it goes on: what is known of it, and how it tells and saves that. */
import { StudioError } from '../../contract/errors.ts';
import type { MetricPoint } from '../../contract/metrics.ts';
import type { CheckpointInfo, CheckpointTrigger, TrainEvent } from '../../contract/run.ts';
import type { RunSpec } from '../../contract/runSpec.ts';
import type { Batch, BatchSource } from '../data/batches/loader.ts';
import type { Engine } from '../engine/engine.ts';
import { NO_STATE, pruneCheckpoints, type ResumePoint, saveCheckpoint, type TrainState } from './checkpoint.ts';
import { checkpointsOfEpochs } from './keptEpochs.ts';
import type { MemoryGuard } from './memoryGuard.ts';
import { type Pace, Throughput } from './throughput.ts';
import { type InitialSource, Trainer } from './trainer.ts';
import { onceThereIsRoom } from './waitForRoom.ts';

/** Keeps what the network says of the validation images at its best epoch. */
export interface ValidationKeeper {
  /** The next batch's `logits`, `[batch.count, classes]`. */
  add(batch: Batch, logits: Float32Array): Promise<void>;
  /** All was added: kept under the number of the epoch's checkpoint where that is the best so far, else forgotten. */
  end(bestSeq: number | null): Promise<void>;
}

export interface TrainEnvironment {
  readonly engine: Engine;
  readonly runId: string;
  readonly checkpointsDir: string;
  readonly train: BatchSource;
  /** Null where the data set has no validation split: the training loss then decides what is best. */
  readonly val: BatchSource | null;
  /** Left out: nothing is kept of it but the figures. */
  readonly keepValidation?: ValidationKeeper;
  /** Null where nobody knows of a checkpoint; one that lies in the folder all the same is taken. */
  readonly resumeFrom: string | null;
  /** Asked for once, before the first step; left out: the seed decides all weights. */
  readonly initial?: InitialSource;
  readonly signal: AbortSignal;
  /**
   * Number of the newest checkpoint that the host has recorded; null before the first one. What it goes by stays until
   * it has recorded what comes after. Left out: nobody keeps records, and every checkpoint counts as recorded at once.
   */
  readonly recordedSeq?: () => number | null;
  /** Looked at after each epoch's checkpoint; a process that has grown too much makes way for a fresh one. */
  readonly memory?: MemoryGuard;
  /** Told once, when steps differ wildly in time: something else computes on the same cores. */
  readonly onUnsteady?: (pace: Pace) => void;
  /** `performance.now()` of the command's start, for the time to the first step. */
  readonly startedAt: number;
}

/** Steps and validation batches are told of this often: the throttle at the source; the other one is the screen's. */
const TELL_EVERY_MS = 250;
const SAVE_EVERY_MS = 5 * 60_000;

export class Training {
  readonly spec: RunSpec;
  readonly env: TrainEnvironment;
  readonly trainer: Trainer;
  readonly speed = new Throughput();
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
  /** Training time that the run may take, over all attempts. */
  readonly budgetMs: number;
  /** Goes into every checkpoint. */
  state: TrainState;
  readonly #began = performance.now();
  readonly #spentBefore: number;
  #seq: number;
  #savedAt = performance.now();
  #toldAt = -Infinity;
  #startTold = false;
  #paceTold = false;
  /** Of steps that were not told of yet. */
  #points: MetricPoint[] = [];
  /** Checkpoints since the newest one that is recorded, and that one. */
  #unrecorded: readonly SavedCheckpoint[];

  constructor(spec: RunSpec, env: TrainEnvironment, checkpoint: ResumePoint | null) {
    this.spec = spec;
    this.env = env;
    this.stepsPerEpoch = env.train.stepsPerEpoch;
    this.totalSteps = this.stepsPerEpoch * spec.epochs;
    this.budgetMs = spec.budget.hours === undefined ? Infinity : spec.budget.hours * 3_600_000;
    this.state = checkpoint?.state ?? NO_STATE;
    this.#spentBefore = this.state.trainedMs;
    this.#seq = checkpoint?.manifest.seq ?? -1;
    // a host looks into the folder before a run goes on
    this.#unrecorded = checkpoint ? [{ seq: checkpoint.manifest.seq, bestSeq: checkpoint.state.bestSeq }] : [];
    this.trainer = new Trainer(spec, env.engine, env.train, checkpoint?.state.epoch);
  }

  /** Of this attempt. */
  get durationMs(): number {
    return performance.now() - this.#began;
  }

  /** Step after which the run ends, wherever its epoch stands. */
  get lastStep(): number {
    return Math.min(this.totalSteps, this.spec.budget.steps ?? Infinity);
  }

  get overBudget(): boolean {
    return this.#spentBefore + this.durationMs > this.budgetMs || this.stepsAreSpent;
  }

  /** Whether the limit of steps ends the run before its epochs do. */
  get stepsAreSpent(): boolean {
    return this.state.step >= this.lastStep && this.lastStep < this.totalSteps;
  }

  get saveIsDue(): boolean {
    return performance.now() - this.#savedAt > SAVE_EVERY_MS;
  }

  /** Whether it is time to tell of a step; true at most a few times a second. */
  tellIsDue(): boolean {
    const now = performance.now();
    if (now - this.#toldAt <= TELL_EVERY_MS) return false;
    this.#toldAt = now;
    return true;
  }

  /** Once, after the first step, which says that all of it works; null later. */
  started(): TrainEvent | null {
    if (this.#startTold) return null;
    this.#startTold = true;
    return {
      type: 'started',
      device: this.env.engine.device,
      stepsPerEpoch: this.stepsPerEpoch,
      totalSteps: this.totalSteps,
      step: this.state.step,
      parameters: this.trainer.parameters,
      secondsToFirstStep: (performance.now() - this.env.startedAt) / 1000,
    };
  }

  watchPace(): void {
    const { onUnsteady } = this.env;
    const pace = onUnsteady && !this.#paceTold ? this.speed.unsteady() : null;
    if (!pace) return;
    this.#paceTold = true;
    onUnsteady?.(pace);
  }

  record(...points: readonly MetricPoint[]): void {
    this.#points.push(...points);
  }

  /** What was recorded and not told of, which is told by whoever takes it. */
  takePoints(): MetricPoint[] {
    const points = this.#points;
    this.#points = [];
    return points;
  }

  /**
   * The steps until `step`. Goes out before every checkpoint too: a point of a step that a checkpoint holds would be
   * lost with the process otherwise.
   */
  stepped(step = this.state.step): TrainEvent {
    return {
      type: 'stepped',
      step,
      epoch: step / this.stepsPerEpoch,
      imagesPerSec: this.speed.recent(),
      secondsLeft: this.speed.secondsFor((this.lastStep - step) * this.spec.batchSize),
      points: this.takePoints(),
    };
  }

  /** @throws {StudioError} `job.stopped`: a stop came while the disk was full; `file.…` */
  async *save(
    trigger: CheckpointTrigger,
    metrics: Record<string, number>,
    isBest = false,
  ): AsyncGenerator<TrainEvent, void> {
    const { env, trainer, spec } = this;
    yield { type: 'saving', step: this.state.step };
    const seq = ++this.#seq;
    const state = {
      ...this.state,
      bestSeq: isBest ? seq : this.state.bestSeq,
      trainedMs: this.#spentBefore + this.durationMs,
    };
    this.state = state;
    const { step } = state;
    const epoch = step / this.stepsPerEpoch;
    const engine = `${env.engine.device.engine} ${env.engine.device.engineVersion}`;
    const manifest = { runId: env.runId, seq, trigger, step, epoch, metrics, engine };
    // tensors are read out once, so anew for each attempt
    const saved = yield* onceThereIsRoom(
      () => saveCheckpoint(env.checkpointsDir, { manifest, state, ...trainer.tensors() }),
      { directory: env.checkpointsDir, checkpointBytes: trainer.checkpointBytes, step, signal: env.signal },
    );
    if (!saved)
      throw new StudioError(
        'job.stopped',
        `Stopped after step ${step} while the disk was full: ` +
          'what was done since the last checkpoint is done again when the run goes on.',
      );
    const pruned = await pruneCheckpoints(env.checkpointsDir, [
      ...this.#hostsCheckpoints({ seq, bestSeq: state.bestSeq }),
      ...(await checkpointsOfEpochs(env.checkpointsDir, spec.keepEpochs)),
    ]);
    this.#savedAt = performance.now();
    const checkpoint: CheckpointInfo = { seq, step, epoch, trigger, ...saved, metrics, isBest };
    yield { type: 'checkpointSaved', checkpoint, pruned };
  }

  /**
   * What the training needs after it has saved `saved`, and what its host goes by, which may stand still or be gone:
   * the newest checkpoint that it has recorded, and the best as of then.
   */
  #hostsCheckpoints(saved: SavedCheckpoint): number[] {
    const recorded = this.env.recordedSeq ? this.env.recordedSeq() : saved.seq;
    const all = [...this.#unrecorded, saved];
    this.#unrecorded = all.slice(
      Math.max(
        0,
        all.findLastIndex(({ seq }) => seq <= (recorded ?? -1)),
      ),
    );
    const [{ seq, bestSeq } = saved] = this.#unrecorded;
    return [seq, bestSeq, saved.bestSeq].filter((kept) => kept !== null);
  }
}

interface SavedCheckpoint {
  readonly seq: number;
  /** The best one once this was saved. */
  readonly bestSeq: number | null;
}
