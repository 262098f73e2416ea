/** The replay job: data set, loaders and engine of a training, for a few steps. */
import { type ReplayedStep, replaySteps } from '../../../train/replay.ts';
import { implementJob, type JobContext } from '../../jobContext.ts';
import { openEngine } from '../../openEngine.ts';
import { openTrainingData } from '../../trainingData.ts';
import { type ReplayJob, replayJob } from './messages.ts';

export async function runReplayJob(job: ReplayJob, context: JobContext): Promise<{ steps: ReplayedStep[] }> {
  const { spec, datasetDir, checkpoint, steps } = job;
  const engine = await openEngine(spec.device);
  const data = await openTrainingData(spec, datasetDir, context, engine.device.kind);
  try {
    const { train } = data;
    return { steps: await replaySteps(spec, { engine, train, checkpoint, signal: context.signal }, steps) };
  } finally {
    await data.close();
  }
}

export const run = implementJob(replayJob, runReplayJob);
