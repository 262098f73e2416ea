/** The training loop: explicit, resumable at any step, telling what it does as typed events. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DEFAULT_RULE, judge, shouldStop } from '../../pure/earlyStopping.ts';
import { StudioError } from '../../contract/errors.ts';
import {
  metricPoint,
  type CheckpointInfo,
  type CheckpointTrigger,
  type MetricPoint,
  type RunState,
  type TrainEvent,
} from '../../contract/run.ts';
import type { RunSpec } from '../../contract/runSpec.ts';
import { lrAt } from '../../pure/schedule.ts';
import type { BatchSource } from '../data/batches/loader.ts';
import type { Engine } from '../engine/engine.ts';
import {
  checkpointToResume,
  NO_STATE,
  pruneCheckpoints,
  type ResumePoint,
  saveCheckpoint,
  type TrainState,
} from './checkpoint.ts';
import { requireCheckpointRoom } from './checkpointRoom.ts';
import type { MemoryGuard } from './memoryGuard.ts';
import { checkpointsOfEpochs } from './keptEpochs.ts';
import { afterEpoch } from './plateau.ts';
import { addScores, NO_SCORES } from './scores.ts';
import { Throughput } from './throughput.ts';
import { type InitialSource, Trainer } from './trainer.ts';
import { onceThereIsRoom } from './waitForRoom.ts';

export interface TrainEnvironment {
  readonly engine: Engine;
  readonly runId: string;
  readonly checkpointsDir: string;
  readonly train: BatchSource;
  /** Null where the data set has no validation split: the training loss then decides what is best. */
  readonly val: BatchSource | null;
  /** Null where nobody knows of a checkpoint; one that lies in the folder all the same is taken. */
  readonly resumeFrom: string | null;
  /** Asked for once, before the first step; left out: the seed decides all weights. */
  readonly initial?: InitialSource;
  readonly signal: AbortSignal;
  /** Looked at after each epoch's checkpoint; a process that has grown too much makes way for a fresh one. */
  readonly memory?: MemoryGuard;
  /** `performance.now()` of the command's start, for the time to the first step. */
  readonly startedAt: number;
}

const EVENT_EVERY_MS = 250;
const SAVE_EVERY_MS = 5 * 60_000;
/** Pictures of a batch that a message lists; its details hold all. */
const NAMED = 3;
const NOTHING_DONE = { loss: 0, correct: 0, gradNorm: null };

/** @throws {StudioError} `run.noCheckpoint`: there should be one, and none is whole */
async function resumePoint({ resumeFrom, checkpointsDir }: TrainEnvironment): Promise<ResumePoint | null> {
  const directory = resumeFrom === null ? checkpointsDir : dirname(resumeFrom);
  const found = await checkpointToResume(directory);
  if (!found && resumeFrom !== null)
    throw new StudioError('run.noCheckpoint', `No checkpoint in ${directory} is whole.`, {
      remedy: 'Train the run from the start with the same settings.',
    });
  return found;
}

/** Trains `spec` to its end, a stop, or a failure; the last event is always `finished` or `recycling`, unless a bug throws. */
export async function* train(spec: RunSpec, env: TrainEnvironment): AsyncGenerator<TrainEvent> {
  const began = performance.now();
  const { stepsPerEpoch } = env.train;
  const span = { stepsPerEpoch, epochs: spec.epochs, warmUp: spec.warmUp };
  const totalSteps = stepsPerEpoch * spec.epochs;
  const rule = spec.earlyStopping ?? DEFAULT_RULE;
  const resumed = await resumePoint(env);
  const trainer = new Trainer(spec, env.engine, env.train, resumed?.state.epoch);
  const speed = new Throughput();
  let state: TrainState = resumed?.state ?? NO_STATE;
  let seq = resumed ? resumed.manifest.seq : -1;
  let savedAt = performance.now();
  const spentBefore = state.trainedMs;
  const spentMs = () => spentBefore + performance.now() - began;
  const budgetMs = spec.budget.hours === undefined ? Infinity : spec.budget.hours * 3_600_000;
  const metricsOf = (points: readonly MetricPoint[]) =>
    Object.fromEntries(points.flatMap((p) => (p.value === null ? [] : [[p.name, p.value]])));

  async function* save(
    trigger: CheckpointTrigger,
    metrics: Record<string, number>,
    isBest = false,
  ): AsyncGenerator<TrainEvent> {
    yield { type: 'saving', step: state.step };
    seq++;
    state = { ...state, bestSeq: isBest ? seq : state.bestSeq, trainedMs: spentMs() };
    const epoch = state.step / stepsPerEpoch;
    const manifest = {
      runId: env.runId,
      seq,
      trigger,
      step: state.step,
      epoch,
      metrics,
      engine: `${env.engine.device.engine} ${env.engine.device.engineVersion}`,
    };
    // tensors are read out once, so anew for each attempt
    const saved = yield* onceThereIsRoom(
      () => saveCheckpoint(env.checkpointsDir, { manifest, state, ...trainer.tensors() }),
      { directory: env.checkpointsDir, checkpointBytes: trainer.checkpointBytes, step: state.step, signal: env.signal },
    );
    if (!saved)
      throw new StudioError(
        'job.stopped',
        `Stopped after step ${state.step} while the disk was full: what was done since the last checkpoint is done again when the run goes on.`,
      );
    const { path, sizeBytes } = saved;
    const pruned = await pruneCheckpoints(env.checkpointsDir, {
      best: state.bestSeq,
      pinned: await checkpointsOfEpochs(env.checkpointsDir, spec.keepEpochs),
    });
    savedAt = performance.now();
    const checkpoint: CheckpointInfo = { seq, step: state.step, epoch, trigger, path, sizeBytes, metrics, isBest };
    yield { type: 'checkpointSaved', checkpoint, pruned };
  }
  const finished = (ending: RunState, reason: string, error: StudioError | null = null): TrainEvent => ({
    type: 'finished',
    state: ending,
    reason,
    error: error?.toReport() ?? null,
    bestEpoch: state.best.epoch,
    step: state.step,
    imagesPerSec: speed.average(),
    durationMs: performance.now() - began,
  });

  // Goes out before every checkpoint too: a point of a step that a checkpoint holds would be lost with the process otherwise.
  let points: MetricPoint[] = [];
  const stepped = (step = state.step): TrainEvent => {
    const event: TrainEvent = {
      type: 'stepped',
      step,
      epoch: step / stepsPerEpoch,
      imagesPerSec: speed.recent(),
      secondsLeft: speed.secondsFor((totalSteps - step) * spec.batchSize),
      points,
    };
    points = [];
    return event;
  };

  try {
    if (resumed) {
      const { manifest, setAside } = resumed;
      yield {
        type: 'resumed',
        seq,
        step: state.step,
        epoch: manifest.epoch,
        bestSeq: state.bestSeq,
        bestEpoch: state.best.epoch,
        setAside: [...setAside],
      };
      if (state.trainedMs > budgetMs && state.epoch < spec.epochs) {
        yield finished('finished', budgetSpent(spec, `in epoch ${state.epoch + 1}`));
        return;
      }
      trainer.restore(resumed.path);
    } else {
      trainer.initialise(await env.initial?.());
      await mkdir(env.checkpointsDir, { recursive: true });
      await requireCheckpointRoom(env.checkpointsDir, trainer.checkpointBytes);
      // Shows before any work is at stake that a checkpoint can be written, and is what a run that diverges at once falls back to.
      yield* save('trial', {});
    }
    let told = -Infinity;
    let breath = performance.now();
    let startedTold = false;
    for (; state.epoch < spec.epochs && !shouldStop(state.best, spec.earlyStopping);) {
      const { epoch } = state;
      trainer.beginEpoch(epoch);
      while (state.stepInEpoch < stepsPerEpoch) {
        const lr = lrAt(spec.schedule, spec.lr, state.step, span, state.plateau.factor);
        const asked = performance.now();
        const batch = env.train.batch(epoch, state.stepInEpoch);
        const from = performance.now();
        // All of it was left out: the step is done with nothing.
        const { loss, correct, gradNorm } = batch.count > 0 ? trainer.step(batch, lr, state.step) : NOTHING_DONE;
        speed.add(batch.count, performance.now() - from, from - asked);
        const step = state.step + 1;
        const progress = step / stepsPerEpoch;
        if (!startedTold) {
          startedTold = true;
          yield {
            type: 'started',
            device: env.engine.device,
            stepsPerEpoch,
            totalSteps,
            step: state.step,
            parameters: trainer.parameters,
            secondsToFirstStep: (performance.now() - env.startedAt) / 1000,
          };
        }
        if (batch.count > 0)
          points.push(metricPoint('train/batchLoss', step, progress, loss), metricPoint('lr', step, progress, lr));
        if (gradNorm !== null) points.push(metricPoint('train/gradNorm', step, progress, gradNorm));
        if (!Number.isFinite(loss)) {
          yield stepped(step);
          const images = Array.from(batch.indices.subarray(0, batch.count), (index) => env.train.pathOf(index));
          const error = new StudioError(
            'run.diverged',
            `The loss became ${loss} at step ${step} (epoch ${epoch + 1}), in a batch of ${named(images)}.`,
            {
              remedy: `Resume from the last good checkpoint with a lower learning rate than ${lr}, or try another seed.`,
              details: { step, lr, images },
            },
          );
          yield finished('diverged', error.message, error);
          return;
        }
        state = {
          ...state,
          step,
          stepInEpoch: state.stepInEpoch + 1,
          sums: {
            loss: state.sums.loss + loss * batch.count,
            correct: state.sums.correct + correct,
            count: state.sums.count + batch.count,
          },
        };
        const now = performance.now();
        if (now - told > EVENT_EVERY_MS) {
          yield stepped();
          told = now;
        }
        // Messages (stop) are only seen when the event loop turns.
        if (now - breath > 100) {
          await new Promise(setImmediate);
          breath = performance.now();
        }
        if (env.signal.aborted) {
          yield stepped();
          yield* save('stop', {});
          yield finished('stopped', `Stopped after step ${step}.`);
          return;
        }
        if (now - savedAt > SAVE_EVERY_MS) {
          yield stepped();
          yield* save('interval', {});
        }
        if (spentMs() > budgetMs) break;
      }
      const outOfTime = spentMs() > budgetMs;
      if (outOfTime && state.stepInEpoch < stepsPerEpoch) {
        yield stepped();
        yield* save('end', {});
        yield finished('finished', budgetSpent(spec, `in epoch ${epoch + 1}`));
        return;
      }
      const scores = [
        metricPoint('train/loss', state.step, epoch + 1, state.sums.loss / state.sums.count),
        metricPoint('train/top1', state.step, epoch + 1, state.sums.correct / state.sums.count),
        metricPoint('perf/imagesPerSec', state.step, epoch + 1, speed.recent()),
        metricPoint('perf/dataWait', state.step, epoch + 1, speed.waiting() ?? NaN),
      ];
      if (env.val) {
        let sum = NO_SCORES;
        for (let i = 0; i < env.val.stepsPerEpoch; i++) {
          const batch = env.val.batch(0, i);
          if (batch.count > 0)
            sum = addScores(sum, trainer.logits(batch), batch.labels.subarray(0, batch.count), spec.classNames.length);
          await new Promise(setImmediate);
          if (env.signal.aborted && i + 1 < env.val.stepsPerEpoch) {
            yield stepped();
            yield* save('stop', {});
            yield finished('stopped', `Stopped while validating after epoch ${epoch + 1}; resuming validates again.`);
            return;
          }
          if (performance.now() - told > EVENT_EVERY_MS) {
            told = performance.now();
            yield { type: 'validating', step: state.step, done: i + 1, total: env.val.stepsPerEpoch };
          }
        }
        scores.push(
          metricPoint('val/loss', state.step, epoch + 1, sum.lossSum / sum.count),
          metricPoint('val/top1', state.step, epoch + 1, sum.top1 / sum.count),
        );
        if (spec.classNames.length > 5)
          scores.push(metricPoint('val/top5', state.step, epoch + 1, sum.top5 / sum.count));
      }
      const valueOf = (name: string) => scores.find((p) => p.name === name)?.value;
      const { best, improved } = judge(
        state.best,
        env.val ? rule : DEFAULT_RULE,
        epoch + 1,
        valueOf(env.val ? rule.metric : 'train/loss') ?? NaN,
      );
      state = {
        ...state,
        epoch: epoch + 1,
        stepInEpoch: 0,
        sums: NO_STATE.sums,
        best,
        plateau: afterEpoch(
          state.plateau,
          spec.schedule,
          (env.val && spec.schedule.kind === 'plateau' ? valueOf(spec.schedule.metric) : valueOf('train/loss')) ?? NaN,
        ),
      };
      const norms = [...trainer.spectralNorms()].map(([layer, value]) =>
        metricPoint(`norm/${layer}`, state.step, state.epoch, value),
      );
      yield {
        type: 'epochEnded',
        epoch: epoch + 1,
        step: state.step,
        points: [...points, ...scores, ...norms],
        improved,
        epochsSinceBest: best.epochsSince,
      };
      points = [];
      yield* save('epoch', metricsOf(scores), improved);
      if (state.epoch < spec.epochs && env.signal.aborted && !shouldStop(state.best, spec.earlyStopping)) {
        yield finished('stopped', `Stopped after epoch ${epoch + 1}.`);
        return;
      }
      if (outOfTime && state.epoch < spec.epochs) {
        yield finished('finished', budgetSpent(spec, `after epoch ${epoch + 1}`));
        return;
      }
      const grown = env.memory?.check();
      if (grown && state.epoch < spec.epochs && !shouldStop(state.best, spec.earlyStopping)) {
        yield { type: 'recycling', step: state.step, reason: grown };
        return;
      }
    }
    yield shouldStop(state.best, spec.earlyStopping)
      ? finished(
          'finished',
          `Stopped early: no better ${rule.metric} for ${state.best.epochsSince} epochs; the best was epoch ${state.best.epoch}.`,
        )
      : finished('finished', spec.epochs === 1 ? 'The one epoch is done.' : `All ${spec.epochs} epochs done.`);
  } catch (error) {
    // A decoder that never comes back is no end: the host looks for the picture and goes on without it.
    if (!(error instanceof StudioError) || error.code === 'run.hung') throw error;
    if (error.code === 'job.stopped') yield finished('stopped', error.message);
    else yield finished(error.code === 'run.outOfMemory' ? 'outOfMemory' : 'failed', error.message, error);
  } finally {
    trainer.dispose();
  }
}

/** The first paths, and how many more. */
function named(paths: readonly string[]): string {
  return `${paths.slice(0, NAMED).join(', ')}${paths.length > NAMED ? ` and ${paths.length - NAMED} more` : ''}`;
}

function budgetSpent(spec: RunSpec, when: string): string {
  return `The budget of ${spec.budget.hours} hours was used up ${when} of ${spec.epochs}.`;
}
