/** A run in the queue, as the user names it. */
import type { RunRow } from '../../../contract/api/runs/runTypes.ts';
import { StudioError } from '../../../contract/errors.ts';
import type { Session } from '../../session.ts';

/** @throws {StudioError} run.notFound; input.invalid: it does not wait */
export async function waitingRun({ studio }: Session, text: string): Promise<RunRow> {
  const row = await studio.runBook.find(text);
  if (row.queuePosition === null)
    throw new StudioError('input.invalid', `"${row.name}" does not wait (${row.state}).`, {
      remedy: 'quorum queue list shows what does.',
    });
  return row;
}
