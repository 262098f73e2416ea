/** A new run: its folder with the frozen settings, then its row. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../../files/makeFolder.ts';
import { StudioError } from '../../../contract/errors.ts';
import type { Run } from '../../../contract/run.ts';
import type { RunSpec } from '../../../contract/runSpec.ts';
import { syncFolderSync, writeDurableFileSync } from '../../files/durableFile.ts';
import type { StudioContext } from '../context.ts';
import { newId } from '../records/ids.ts';

/** What the user says of new runs. */
export interface RunNotes {
  readonly tags?: readonly string[];
  readonly note?: string;
}

/** @param options begin: fills the folder before the settings are there, without which it is no run */
export async function createRun(
  context: StudioContext,
  spec: RunSpec,
  { begin, ...notes }: RunNotes & { readonly begin?: (id: string) => Promise<void> } = {},
): Promise<Run> {
  const { runs, paths } = context;
  const id = await newId(
    'r',
    async (candidate) =>
      existsSync(paths.runDir(candidate)) || (await runs.names()).some((run) => run.id === candidate),
  );
  await makeFolder(paths.runDir(id));
  await begin?.(id);
  writeDurableFileSync(join(paths.runDir(id), 'spec.json'), `${JSON.stringify(spec, null, 2)}\n`);
  syncFolderSync(paths.runs);
  await runs.create({ id, spec, ...notes });
  return requireRun(context, id);
}

/** @throws {StudioError} `run.notFound` */
export async function requireRun({ runs }: Pick<StudioContext, 'runs'>, id: string): Promise<Run> {
  const run = await runs.find(id);
  if (!run) throw new StudioError('run.notFound', `There is no run "${id}".`);
  return run;
}
