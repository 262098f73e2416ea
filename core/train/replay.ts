/** Steps of a training done once more from a checkpoint, to compare what they say; nothing is saved. */
import { METRIC } from '../../contract/metrics.ts';
import type { RunSpec } from '../../contract/runSpec.ts';
import type { BatchSource } from '../data/batches/loader.ts';
import type { Engine } from '../engine/engine.ts';
import { loadCheckpoint } from './checkpoint.ts';
import { trainStep } from './epoch.ts';
import { Training } from './training.ts';

export interface ReplayEnvironment {
  readonly engine: Engine;
  readonly train: BatchSource;
  /** Folder of the checkpoint. */
  readonly checkpoint: string;
  readonly signal: AbortSignal;
}

export interface ReplayedStep {
  readonly step: number;
  /** Mean over the batch, before the update; null where it is not a number. */
  readonly loss: number | null;
}

/**
 * At most `count` steps behind the checkpoint, within the epoch that it stands in: what follows an epoch depends on its
 * validation.
 * @throws {StudioError} `file.damaged`, `run.noCheckpoint`, `weights.mismatch`
 */
export async function replaySteps(spec: RunSpec, env: ReplayEnvironment, count: number): Promise<ReplayedStep[]> {
  const checkpoint = await loadCheckpoint(env.checkpoint);
  const { engine, train, signal } = env;
  const training = new Training(
    spec,
    {
      engine,
      train,
      signal,
      val: null,
      runId: checkpoint.manifest.runId,
      checkpointsDir: env.checkpoint,
      resumeFrom: env.checkpoint,
      startedAt: performance.now(),
    },
    { ...checkpoint, setAside: [] },
  );
  const steps: ReplayedStep[] = [];
  try {
    training.trainer.restore(env.checkpoint);
    training.trainer.beginEpoch(training.state.epoch);
    while (steps.length < count && training.state.epoch < spec.epochs && !signal.aborted) {
      if (training.state.stepInEpoch >= training.stepsPerEpoch) break;
      const telling = trainStep(training);
      let told = await telling.next();
      while (!told.done) told = await telling.next();
      for (const { name, step, value } of training.takePoints())
        if (name === METRIC.batchLoss) steps.push({ step, loss: value });
      // diverged
      if (told.value !== null) break;
    }
    return steps;
  } finally {
    training.trainer.dispose();
  }
}
