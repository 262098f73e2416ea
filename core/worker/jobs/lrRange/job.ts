/** The learning-rate range test of a spec, in a job process: nothing is stored. */
import { lrRangeTest, suggestedLr, usableLrs, type LrRangePoint } from '../../../train/lrRangeTest.ts';
import { initialSource } from '../../initialSource.ts';
import { implementJob, progressSender, type JobContext } from '../../jobContext.ts';
import { openEngine } from '../../openEngine.ts';
import type { LrRangeResult } from '../../../../contract/lrRange.ts';
import { type LrRangeJob, lrRangeJob } from './messages.ts';
import { openTrainingData } from '../../trainingData.ts';

export async function runLrRangeJob(job: LrRangeJob, context: JobContext): Promise<LrRangeResult> {
  const { spec, from, to, steps } = job;
  const engine = await openEngine(spec.device);
  const data = await openTrainingData(spec, job.datasetDir, context, engine.device.kind);
  const points: LrRangePoint[] = [];
  try {
    const tell = progressSender(context, 'learning rates', steps);
    for await (const point of lrRangeTest(
      spec,
      {
        engine,
        train: data.train,
        ...(job.initial && { initial: initialSource(spec, job.initial) }),
        signal: context.signal,
      },
      { from, to, steps },
    )) {
      points.push(point);
      tell(points.length);
    }
  } finally {
    await data.close();
  }
  return { points, suggested: suggestedLr(points), usable: usableLrs(points), device: engine.device };
}

export const run = implementJob(lrRangeJob, runLrRangeJob);
