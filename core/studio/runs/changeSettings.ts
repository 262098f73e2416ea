/** A run that goes on under other settings: its spec is made anew, and remembers what it was until then. */
import { join } from 'node:path';
import type { DatasetCard } from '../../../contract/dataset.ts';
import { StudioError } from '../../../contract/errors.ts';
import { recipeProblems } from '../../../contract/recipe.ts';
import { RESUMED_SETTINGS, type SettingsOnResume } from '../../../contract/settings/resumedRun.ts';
import type { CheckpointInfo } from '../../../contract/run.ts';
import { RunSpec } from '../../../contract/runSpec.ts';
import { DEFAULT_RULE } from '../../../pure/earlyStopping.ts';
import { writeDurableFileSync } from '../../files/durableFile.ts';
import type { StudioContext } from '../context.ts';
import { type BadField, badSpec } from './resolveSpec.ts';
import { issueProblem } from '../../../pure/issueWords.ts';

/**
 * Stores the spec under which run `id` goes on from `checkpoint`.
 * @throws {StudioError} run.badSpec: naming every setting that does not fit; run.inUse: while the run trains
 */
export async function changeSettings(
  { runs, datasets, leases, paths, places }: StudioContext,
  id: string,
  changes: SettingsOnResume,
  checkpoint: Pick<CheckpointInfo, 'step' | 'epoch'>,
): Promise<void> {
  if ((await leases.heldRuns()).has(id) || places.away(id) !== null)
    throw new StudioError('run.inUse', `Run ${id} is training.`, { remedy: 'Stop it first, then resume it.' });
  const run = await runs.find(id);
  if (!run) throw new StudioError('run.notFound', `There is no run "${id}".`);
  const spec = resumedSpec(run.spec, changes, checkpoint, await datasets.find(run.spec.dataset));
  if (spec === run.spec) return;
  writeDurableFileSync(join(paths.runDir(id), 'spec.json'), `${JSON.stringify(spec, null, 2)}\n`);
  await runs.changeSpec(id, spec);
}

/**
 * `spec` itself where nothing changes.
 * @param card of the data set, where it is still there
 * @throws {StudioError} run.badSpec: naming every setting that does not fit
 */
export function resumedSpec(
  spec: RunSpec,
  changes: SettingsOnResume,
  { step, epoch }: Pick<CheckpointInfo, 'step' | 'epoch'>,
  card: DatasetCard | null,
): RunSpec {
  const parsed = RunSpec.safeParse({ ...spec, ...changes });
  if (!parsed.success)
    throw badSpec(parsed.error.issues.map((issue) => ({ field: issue.path.join('.'), problem: issueProblem(issue) })));
  const changed = parsed.data;
  const problems = problemsOf(changed, spec, epoch, card);
  if (problems.length > 0) throw badSpec(problems);
  const names = RESUMED_SETTINGS.filter((name) => JSON.stringify(changed[name]) !== JSON.stringify(spec[name]));
  if (names.length === 0) return spec;
  const before = Object.fromEntries(names.map((name) => [name, spec[name]]));
  return { ...changed, resumedWith: [...(spec.resumedWith ?? []), { step, epoch, before }] };
}

function problemsOf(changed: RunSpec, spec: RunSpec, epoch: number, card: DatasetCard | null): BadField[] {
  const problems: BadField[] = recipeProblems(changed, changed.classNames.length);
  const { metric } = spec.earlyStopping ?? DEFAULT_RULE;
  if (changed.epochs < epoch)
    problems.push({ field: 'epochs', problem: `is ${changed.epochs}, but ${epoch} epochs are trained already` });
  if (changed.earlyStopping && changed.earlyStopping.metric !== metric)
    problems.push({
      field: 'earlyStopping.metric',
      problem: `is ${changed.earlyStopping.metric}, but the best epoch so far was found by ${metric}`,
    });
  if (changed.earlyStopping && card && !card.splits.val?.count)
    problems.push({ field: 'earlyStopping', problem: `needs validation images, and "${card.name}" has none` });
  return problems;
}
