/**
 * Where checkpoints and evaluations lie follows from their ids. The database holds it relative to the data
 * folder, and what it says is not trusted: earlier versions wrote absolute paths, which are wrong once the folder is
 * moved, and lead into the original once it is copied.
 */
import { join, relative } from 'node:path';
import { checkpointName } from '../../../contract/weights/checkpointManifest.ts';
import type { CheckpointRepository } from '../../db/checkpointRepository.ts';
import type { EvaluationRepository } from '../../db/evaluationRepository.ts';
import type { StudioPaths } from './paths.ts';

interface Placed {
  readonly checkpoints: CheckpointRepository;
  readonly evaluations: EvaluationRepository;
}

/** The same repositories: relative paths go in, absolute ones below `paths` come out. */
export function withPlaces({ checkpoints, evaluations }: Placed, paths: StudioPaths): Placed {
  const below = (path: string): string => relative(paths.dataDir, path);
  const checkpointDir = (runId: string, seq: number): string => join(paths.checkpointsDir(runId), checkpointName(seq));
  const inRun =
    (runId: string) =>
    <T extends { seq: number }>(checkpoint: T): T & { path: string } => ({
      ...checkpoint,
      path: checkpointDir(runId, checkpoint.seq),
    });
  const evaluation = <T extends { id: string }>(row: T): T & { path: string } => ({
    ...row,
    path: paths.evaluationDir(row.id),
  });
  return {
    checkpoints: {
      ...checkpoints,
      record: (runId, checkpoint, pruned) =>
        checkpoints.record(runId, { ...checkpoint, path: below(checkpointDir(runId, checkpoint.seq)) }, pruned),
      list: async (runId) => (await checkpoints.list(runId)).map(inRun(runId)),
      async find(runId, which) {
        const found = await checkpoints.find(runId, which);
        return found && inRun(runId)(found);
      },
    },
    evaluations: {
      ...evaluations,
      add: (row) => evaluations.add({ ...row, path: below(paths.evaluationDir(row.id)) }),
      async find(id) {
        const found = await evaluations.find(id);
        return found && evaluation(found);
      },
      list: async (filter) => (await evaluations.list(filter)).map(evaluation),
    },
  };
}
