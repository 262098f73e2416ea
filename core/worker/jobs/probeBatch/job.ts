/** Whether a batch fits: two real steps of a spec on made-up pictures, in a process that may die of it. */
import { packedChannelsOf } from '../../../../contract/inputSpec.ts';
import type { Batch } from '../../../data/batches/loader.ts';
import { Trainer } from '../../../train/trainer.ts';
import { openEngine } from '../../openEngine.ts';
import { type ProbeBatchJob, probeBatchJob, type ProbeBatchResult } from './messages.ts';
import { implementJob } from '../../jobContext.ts';

/** The second step runs with the memory that the first one left behind. */
const STEPS = 2;

export async function runProbeBatchJob({ spec }: ProbeBatchJob): Promise<ProbeBatchResult> {
  const {
    batchSize: count,
    preprocessing: { size },
    classNames: { length: classes },
  } = spec;
  const engine = await openEngine(spec.device);
  const trainer = new Trainer(spec, engine, {
    stepsPerEpoch: STEPS,
    classCounts: () => new Array<number>(classes).fill(1),
  });
  try {
    trainer.initialise();
    const images = Uint8Array.from(
      { length: count * size * size * packedChannelsOf(spec.preprocessing) },
      (_, i) => Math.imul(i + 1, 2654435761) >>> 24,
    );
    const batch: Batch = {
      images,
      labels: Int32Array.from({ length: count }, (_, i) => i % classes),
      indices: Int32Array.from({ length: count }, (_, i) => i),
      count,
    };
    for (let step = 0; step < STEPS; step++) trainer.step(batch, spec.lr, step);
    trainer.logits(batch);
  } finally {
    trainer.dispose();
  }
  return { peakRssBytes: process.resourceUsage().maxRSS * 1024 };
}

export const run = implementJob(probeBatchJob, runProbeBatchJob);
