/** One epoch: its steps, its validation, what follows from them, and its checkpoint. */
import { StudioError } from '../../contract/errors.ts';
import { METRIC, type MetricPoint, metricPoint, NORM_PREFIX } from '../../contract/metrics.ts';
import type { TrainEvent } from '../../contract/run.ts';
import { DEFAULT_RULE, judge } from '../../pure/earlyStopping.ts';
import { lrAt } from '../../pure/schedule.ts';
import type { Batch } from '../data/batches/loader.ts';
import { NO_STATE } from './checkpoint.ts';
import { afterEpochEnding, budgetSpent, type Ending, stoppedAt } from './ending.ts';
import { afterEpoch } from './plateau.ts';
import type { StepResult } from './trainer.ts';
import type { Training } from './training.ts';
import { validate } from './validate.ts';

/** Messages (stop) are only seen when the event loop turns. */
const BREATH_MS = 100;
/** Pictures of a batch that a message lists; its details hold all. */
const NAMED = 3;
const NOTHING_DONE: StepResult = { loss: 0, correct: 0, gradNorm: null };

/** Trains the epoch that the state is in, from the step it is at; null: the next one follows. */
export async function* trainEpoch(training: Training): AsyncGenerator<TrainEvent, Ending | null> {
  const { spec, env, state, stepsPerEpoch } = training;
  training.trainer.beginEpoch(state.epoch);
  const ending = yield* trainSteps(training);
  if (ending) return ending;
  const outOfTime = training.overBudget;
  if (outOfTime && training.state.stepInEpoch < stepsPerEpoch)
    return { ...budgetSpent(training, `in epoch ${state.epoch + 1}`), step: training.state.step, save: 'end' };
  const points = trainingPoints(training);
  if (env.val) {
    const validation = yield* validate(training, env.val);
    if (!Array.isArray(validation)) return validation;
    points.push(...validation);
  }
  const improved = closeEpoch(training, points);
  const { epoch, step, best } = training.state;
  const norms = [...training.trainer.spectralNorms()].map(([layer, value]) =>
    metricPoint(`${NORM_PREFIX}${layer}`, step, epoch, value),
  );
  yield {
    type: 'epochEnded',
    epoch,
    step,
    points: [...training.takePoints(), ...points, ...norms],
    improved,
    epochsSinceBest: best.epochsSince,
  };
  yield* training.save('epoch', finiteValues(points), improved);
  await env.keepValidation?.end(improved ? training.state.bestSeq : null);
  return epoch < spec.epochs ? afterEpochEnding(training, outOfTime) : null;
}

/** The steps that are left of the epoch, or of the budget. */
async function* trainSteps(training: Training): AsyncGenerator<TrainEvent, Ending | null> {
  const { env, stepsPerEpoch } = training;
  let breathedAt = performance.now();
  while (training.state.stepInEpoch < stepsPerEpoch) {
    const ending = yield* trainStep(training);
    if (ending) return ending;
    if (training.tellIsDue()) yield training.stepped();
    if (performance.now() - breathedAt > BREATH_MS) {
      await new Promise(setImmediate);
      breathedAt = performance.now();
    }
    const { step } = training.state;
    if (env.signal.aborted) return stoppedAt(step, `Stopped after step ${step}.`);
    if (training.saveIsDue) {
      yield training.stepped();
      yield* training.save('interval', {});
    }
    if (training.overBudget) return null;
  }
  return null;
}

/** One step; null: the next one follows. */
export async function* trainStep(training: Training): AsyncGenerator<TrainEvent, Ending | null> {
  const { spec, env, trainer, speed, stepsPerEpoch, state } = training;
  const span = { stepsPerEpoch, epochs: spec.epochs, warmUp: spec.warmUp };
  const lr = lrAt(spec.schedule, spec.lr, state.step, span, state.plateau.factor);
  const requestedAt = performance.now();
  const batch = env.train.batch(state.epoch, state.stepInEpoch);
  const beganAt = performance.now();
  // All of it was left out, or BatchNorm would see one image alone: the step is done with nothing.
  const count = batch.count === 1 && spec.batchSize > 1 && trainer.hasBatchNorm ? 0 : batch.count;
  const result = count > 0 ? trainer.step(batch, lr, state.step) : NOTHING_DONE;
  speed.add(batch.count, performance.now() - beganAt, beganAt - requestedAt);
  training.watchPace();
  const started = training.started();
  if (started) yield started;
  const step = state.step + 1;
  const { loss, correct, gradNorm } = result;
  const point = (name: string, value: number): MetricPoint => metricPoint(name, step, step / stepsPerEpoch, value);
  if (count > 0) training.record(point(METRIC.batchLoss, loss), point(METRIC.lr, lr));
  if (gradNorm !== null) training.record(point(METRIC.gradNorm, gradNorm));
  if (!Number.isFinite(loss)) return diverged(training, batch, { step, lr, loss });
  training.state = {
    ...state,
    step,
    stepInEpoch: state.stepInEpoch + 1,
    sums: {
      loss: state.sums.loss + loss * count,
      correct: state.sums.correct + correct,
      count: state.sums.count + count,
    },
  };
  return null;
}

function diverged(
  { env, state }: Training,
  batch: Batch,
  { step, lr, loss }: { step: number; lr: number; loss: number },
): Ending {
  const images = Array.from(batch.indices.subarray(0, batch.count), (index) => env.train.pathOf(index));
  const more = images.length > NAMED ? ` and ${images.length - NAMED} more` : '';
  const error = new StudioError(
    'run.diverged',
    `The loss became ${loss} at step ${step} (epoch ${state.epoch + 1}), ` +
      `in a batch of ${images.slice(0, NAMED).join(', ')}${more}.`,
    {
      remedy: `Resume from the last good checkpoint with a lower learning rate than ${lr}, or try another seed.`,
      details: { step, lr, images },
    },
  );
  return { state: 'diverged', reason: error.message, error, step, save: null };
}

/** What the epoch's own steps say of it. */
function trainingPoints({ state, speed }: Training): MetricPoint[] {
  const { sums, step } = state;
  const point = (name: string, value: number): MetricPoint => metricPoint(name, step, state.epoch + 1, value);
  return [
    point(METRIC.trainLoss, sums.loss / sums.count),
    point(METRIC.trainTop1, sums.correct / sums.count),
    point(METRIC.imagesPerSec, speed.recent()),
    point(METRIC.dataWait, speed.waiting() ?? NaN),
  ];
}

/** Moves the state to the next epoch; whether this one was the best so far. */
function closeEpoch(training: Training, points: readonly MetricPoint[]): boolean {
  const { spec, env, state } = training;
  const finite = finiteValues(points);
  const rule = env.val ? (spec.earlyStopping ?? DEFAULT_RULE) : DEFAULT_RULE;
  const judged = env.val ? rule.metric : METRIC.trainLoss;
  const watched = env.val && spec.schedule.kind === 'plateau' ? spec.schedule.metric : METRIC.trainLoss;
  const { best, improved } = judge(state.best, rule, state.epoch + 1, finite[judged] ?? NaN);
  training.state = {
    ...state,
    epoch: state.epoch + 1,
    stepInEpoch: 0,
    sums: NO_STATE.sums,
    best,
    plateau: afterEpoch(state.plateau, spec.schedule, finite[watched] ?? NaN),
  };
  return improved;
}

function finiteValues(points: readonly MetricPoint[]): Record<string, number> {
  return Object.fromEntries(points.flatMap(({ name, value }) => (value === null ? [] : [[name, value]])));
}
