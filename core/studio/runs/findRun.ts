import { StudioError } from '../../../contract/errors.ts';
import type { Run } from '../../../contract/run.ts';
import type { StudioContext } from '../context.ts';
import { findByText } from '../records/ids.ts';

/** By id, name, or the beginning of an id. @throws {StudioError} `run.notFound` */
export async function findRun({ runs }: Pick<StudioContext, 'runs'>, text: string): Promise<Run> {
  const run = await runs.find(findByText(await runs.names(), text, 'run.notFound', 'run').id);
  if (!run) throw new StudioError('run.notFound', `There is no run "${text}".`);
  return run;
}
