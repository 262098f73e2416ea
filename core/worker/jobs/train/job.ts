/** The train job: data set, loaders, engine, and the loop's events to the host. */
import { join } from 'node:path';
import type { RunSpec } from '../../../../contract/runSpec.ts';
import type { Engine } from '../../../engine/engine.ts';
import { MemoryGuard } from '../../../train/memoryGuard.ts';
import type { Pace } from '../../../train/throughput.ts';
import { train } from '../../../train/train.ts';
import type { InitialSource } from '../../../train/trainer.ts';
import { implementJob, type JobContext } from '../../jobContext.ts';
import { SHARING_VARIABLE } from '../../jobMessages.ts';
import { openEngine } from '../../openEngine.ts';
import { BestValidation } from './bestValidation.ts';
import { type InitialFile, type TrainJob, trainJob } from './messages.ts';
import { openTrainingData } from '../../trainingData.ts';

/** The readers of weight files are loaded where a run starts from one. */
async function initialOf(spec: RunSpec, file: InitialFile): Promise<InitialSource> {
  const { initialSource } = await import('../../initialSource.ts');
  return initialSource(spec, file);
}

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
    const initial = job.initial && (await initialOf(spec, job.initial));
    const events = train(spec, {
      engine,
      runId: job.runId,
      checkpointsDir: join(job.runDir, 'checkpoints'),
      train: data.train,
      val: data.val,
      resumeFrom: job.resumeFrom,
      ...(initial && { initial }),
      signal: context.signal,
      ...(context.recordedSeq && { recordedSeq: context.recordedSeq }),
      memory,
      ...(suggestsSharing(engine) && {
        onUnsteady: (pace) => context.send({ type: 'log', level: 'warn', text: unsteadyWords(pace) }),
      }),
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

function suggestsSharing({ device }: Engine): boolean {
  return device.kind === 'cpu' && process.env[SHARING_VARIABLE] === undefined;
}

function unsteadyWords({ quickMs, slowMs }: Pace): string {
  const seconds = (ms: number): string => (ms / 1000).toPrecision(2);
  return (
    `Steps take between ${seconds(quickMs)} and ${seconds(slowMs)} s: other programs compute on the same cores. ` +
    'To leave half of the cores to them, stop and resume with "Share the processor" (--share-processor).'
  );
}

export const run = implementJob(trainJob, runTrainJob);
