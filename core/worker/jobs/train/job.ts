/** The train job: data set, loaders, engine, and the loop's events to the host. */
import { join } from 'node:path';
import { MemoryGuard } from '../../../train/memoryGuard.ts';
import { train } from '../../../train/train.ts';
import { initialSource } from '../../initialSource.ts';
import { implementJob, type JobContext } from '../../jobContext.ts';
import { openEngine } from '../../openEngine.ts';
import { BestValidation } from './bestValidation.ts';
import { type TrainJob, trainJob } from './messages.ts';
import { openTrainingData } from '../../trainingData.ts';

export async function runTrainJob(job: TrainJob, context: JobContext): Promise<null> {
  const { spec } = job;
  const engine = await openEngine(spec.device);
  if (engine.device.notice) context.send({ type: 'log', level: 'warn', text: engine.device.notice });
  const data = await openTrainingData(spec, job.datasetDir, context, engine.device.kind);
  try {
    const memory = new MemoryGuard(
      () => ({ tensors: engine.liveTensors(), rssBytes: process.memoryUsage.rss() }),
      job.growth,
    );
    const events = train(spec, {
      engine,
      runId: job.runId,
      checkpointsDir: join(job.runDir, 'checkpoints'),
      train: data.train,
      val: data.val,
      resumeFrom: job.resumeFrom,
      ...(job.initial && { initial: initialSource(spec, job.initial) }),
      signal: context.signal,
      ...(context.hostListens && { mayPrune: context.hostListens }),
      memory,
      startedAt: context.startedAt,
      ...(data.val &&
        data.wholeVal && {
          keepValidation: new BestValidation({
            runDir: job.runDir,
            spec,
            val: data.val,
            device: engine.device,
            onTrouble: (error) =>
              context.send({
                type: 'log',
                level: 'warn',
                text: `The validation predictions are not kept: ${error instanceof Error ? error.message : String(error)}`,
              }),
          }),
        }),
    });
    for await (const event of events) context.send({ type: 'event', event });
  } finally {
    await data.close();
  }
  return null;
}

export const run = implementJob(trainJob, runTrainJob);
