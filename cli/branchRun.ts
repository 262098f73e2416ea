/** `quorum train --branch RUN[@EPOCH]`: a new run goes on from a checkpoint of another one. */
import { StudioError } from '../contract/errors.ts';
import type { Run } from '../contract/run.ts';
import type { BranchRequest } from '../core/studio/runs/branchRun.ts';
import { changesOnResume } from './options/resumeOptions.ts';
import { prepareEngineOf } from './prepareEngine.ts';
import type { Session } from './session.ts';
import type { TrainOptions } from './trainRequest.ts';
import { watchRun } from './watchRun.ts';

/**
 * @throws {StudioError} input.invalid: naming the options that cannot change; run.noCheckpoint; run.badSpec: for values
 *   that do not fit
 */
export async function trainBranch(session: Session, branch: string, variants: readonly TrainOptions[]): Promise<Run> {
  const { studio, progress } = session;
  const [options, ...others] = variants;
  if (!options || others.length > 0)
    throw new StudioError('input.invalid', 'A branch is one run; lists of values and --repeat make several.', {
      remedy: 'Give one value.',
    });
  const { run, checkpoint } = readBranch(branch);
  const { id } = await studio.runBook.find(run);
  const { spec } = await studio.runs.show(id);
  const { name, branch: _branch, ...settings } = options;
  const changes = changesOnResume(settings, spec);
  const made = await studio.runs.branch({
    run: id,
    checkpoint,
    ...(changes && { changes }),
    ...(name !== undefined && { name }),
  });
  progress.say(`${made.id} goes on from epoch ${made.spec.branchedFrom?.epoch ?? ''} of ${id} ("${spec.name}").`);
  await prepareEngineOf(session, made.spec);
  return watchRun(session, made.id, { resume: true });
}

/** `RUN`, `RUN@best`, `RUN@last` or `RUN@EPOCH`. */
function readBranch(text: string): Pick<BranchRequest, 'run' | 'checkpoint'> {
  const [, run = text, which = 'best'] = /^(.+)@(best|last|\d+(?:\.\d+)?)$/.exec(text) ?? [];
  return { run, checkpoint: which === 'best' || which === 'last' ? which : { epoch: Number(which) } };
}
