/**
 * `quorum train --resume RUN`: a run goes on from its newest checkpoint, under other settings where options name them.
 */
import { StudioError } from '../contract/errors.ts';
import type { Run } from '../contract/run.ts';
import type { RunSpec } from '../contract/runSpec.ts';
import { lrAt } from '../pure/schedule.ts';
import { settingsDiff } from '../pure/settingsDiff.ts';
import { changesOnResume } from './options/resumeOptions.ts';
import { prepareEngineOf } from './prepareEngine.ts';
import type { Session } from './session.ts';
import type { TrainOptions } from './trainRequest.ts';
import { watchRun } from './watchRun.ts';

/**
 * @throws {StudioError} input.invalid: naming the options that cannot change; run.badSpec: for values that do not fit
 */
export async function resumeRun(session: Session, run: string, variants: readonly TrainOptions[]): Promise<Run> {
  const { studio, progress } = session;
  const [options, ...others] = variants;
  if (!options || others.length > 0)
    throw new StudioError('input.invalid', 'A resumed run is one run; lists of values and --repeat make several.', {
      remedy: 'Give one value.',
    });
  const { id } = await studio.runBook.find(run);
  const before = await studio.runs.show(id);
  const changes = changesOnResume(options, before.spec);
  if (changes) await studio.runs.change(id, changes);
  const { spec, step, totalSteps } = await studio.runs.show(id);
  for (const line of changesInWords(before.spec, spec, step, totalSteps)) progress.say(line);
  await prepareEngineOf(session, spec);
  return watchRun(session, id, { resume: true });
}

/** What differs, and where the learning rate goes on if its curve is another one. */
function changesInWords(before: RunSpec, after: RunSpec, step: number, totalSteps: number | null): string[] {
  const changed = settingsDiff([before, after]).filter(({ differs }) => differs);
  if (changed.length === 0) return [];
  const words = changed.map(
    ({ setting, values: [was, is] }) => `${setting} ${String(is ?? '–')} (was ${String(was ?? '–')})`,
  );
  const lines = [`Resuming with ${words.join(', ')}.`];
  if (totalSteps === null) return lines;
  const stepsPerEpoch = totalSteps / before.epochs;
  const rate = ({ schedule, lr, epochs, warmUp }: RunSpec): string =>
    lrAt(schedule, lr, step, { stepsPerEpoch, epochs, warmUp }).toPrecision(3);
  if (rate(before) !== rate(after))
    lines.push(`The learning rate goes on at ${rate(after)}; as the run was made it would be ${rate(before)}.`);
  return lines;
}
