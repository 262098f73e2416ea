/** The training loop: explicit, resumable at any step, telling what it does as typed events. */
import { dirname } from 'node:path';
import { makeFolder } from '../files/makeFolder.ts';
import { shouldStop } from '../../pure/earlyStopping.ts';
import { StudioError } from '../../contract/errors.ts';
import type { TrainEvent } from '../../contract/run.ts';
import type { RunSpec } from '../../contract/runSpec.ts';
import { requireCheckpointRoom } from './checkpointRoom.ts';
import { checkpointToResume, type ResumePoint } from './checkpoint.ts';
import { budgetSpent, completed, end, type Ending, endingOfError } from './ending.ts';
import { trainEpoch } from './epoch.ts';
import { type TrainEnvironment, Training } from './training.ts';

/**
 * Trains `spec` to its end, a stop, or a failure; the last event is always `finished` or `recycling`, unless a bug
 * throws.
 */
export async function* train(spec: RunSpec, env: TrainEnvironment): AsyncGenerator<TrainEvent> {
  const checkpoint = await resumePoint(env);
  const training = new Training(spec, env, checkpoint);
  try {
    let ending = checkpoint ? yield* resume(training, checkpoint) : yield* begin(training);
    while (ending === null) {
      const { epoch, best } = training.state;
      const over = epoch >= spec.epochs || shouldStop(best, spec.earlyStopping);
      ending = over ? completed(training) : yield* trainEpoch(training);
    }
    yield* end(training, ending);
  } catch (error) {
    // A decoder that never comes back is no end: the host looks for the picture and goes on without it.
    if (!(error instanceof StudioError) || error.code === 'run.hung') throw error;
    yield* end(training, endingOfError(error));
  } finally {
    training.trainer.dispose();
  }
}

/** @throws {StudioError} `run.noCheckpoint`: there should be one, and none is whole */
async function resumePoint({ resumeFrom, checkpointsDir }: TrainEnvironment): Promise<ResumePoint | null> {
  const directory = resumeFrom === null ? checkpointsDir : dirname(resumeFrom);
  const checkpoint = await checkpointToResume(directory);
  if (!checkpoint && resumeFrom !== null)
    throw new StudioError('run.noCheckpoint', `No checkpoint in ${directory} is whole.`, {
      remedy: 'Train the run from the start with the same settings.',
    });
  return checkpoint;
}

async function* begin(training: Training): AsyncGenerator<TrainEvent, null> {
  const { trainer, env } = training;
  trainer.initialise(await env.initial?.());
  await makeFolder(env.checkpointsDir);
  await requireCheckpointRoom(env.checkpointsDir, trainer.checkpointBytes);
  // Shows before any work is at stake that a checkpoint can be written, and is what a run that diverges at once falls
  // back to.
  yield* training.save('trial', {});
  return null;
}

/** An ending where the budget was spent before. */
async function* resume(
  training: Training,
  { manifest, path, setAside }: ResumePoint,
): AsyncGenerator<TrainEvent, Ending | null> {
  const { state, spec } = training;
  yield {
    type: 'resumed',
    seq: manifest.seq,
    step: state.step,
    epoch: manifest.epoch,
    bestSeq: state.bestSeq,
    bestEpoch: state.best.epoch,
    setAside: [...setAside],
  };
  if ((state.trainedMs > training.budgetMs || training.stepsAreSpent) && state.epoch < spec.epochs)
    return budgetSpent(training, `in epoch ${state.epoch + 1}`);
  training.trainer.restore(path);
  return null;
}
