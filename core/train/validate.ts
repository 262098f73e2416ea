/** The validation after an epoch. */
import { METRIC, type MetricPoint, metricPoint } from '../../contract/metrics.ts';
import type { TrainEvent } from '../../contract/run.ts';
import type { BatchSource } from '../data/batches/loader.ts';
import { type Ending, stoppedAt } from './ending.ts';
import { addScores, NO_SCORES } from './scores.ts';
import type { Training } from './training.ts';

/** The epoch's figures on `val`; an ending where a stop came before they were complete. */
export async function* validate(
  training: Training,
  val: BatchSource,
): AsyncGenerator<TrainEvent, MetricPoint[] | Ending> {
  const { spec, env, trainer, state } = training;
  const classes = spec.classNames.length;
  const epoch = state.epoch + 1;
  let sum = NO_SCORES;
  for (let i = 0; i < val.stepsPerEpoch; i++) {
    const batch = val.batch(0, i);
    if (batch.count > 0) {
      const logits = trainer.logits(batch);
      sum = addScores(sum, logits, batch.labels.subarray(0, batch.count), classes);
      await env.keepValidation?.add(batch, logits);
    }
    await new Promise(setImmediate);
    if (env.signal.aborted && i + 1 < val.stepsPerEpoch)
      return stoppedAt(state.step, `Stopped while validating after epoch ${epoch}; resuming validates again.`);
    if (training.tellIsDue()) yield { type: 'validating', step: state.step, done: i + 1, total: val.stepsPerEpoch };
  }
  const points = [
    metricPoint(METRIC.valLoss, state.step, epoch, sum.lossSum / sum.count),
    metricPoint(METRIC.valTop1, state.step, epoch, sum.top1 / sum.count),
  ];
  if (classes > 5) points.push(metricPoint(METRIC.valTop5, state.step, epoch, sum.top5 / sum.count));
  return points;
}
