/** `quorum queue add`. */
import type { Command } from 'commander';
import type { RunRow } from '../../../contract/api/runs/runTypes.ts';
import { StudioError } from '../../../contract/errors.ts';
import { type Session, withStudio } from '../../session.ts';
import { printQueue } from './queueText.ts';

export function addQueueAddCommand(queue: Command): void {
  queue
    .command('add <run...>')
    .description(
      'Put runs that were stopped, interrupted or made elsewhere at the end (new ones: quorum train … --queue).',
    )
    .option('--place <name>', 'where they train from now on: a place of quorum places list, or here')
    .action((texts: string[], { place }: { place?: string }, command: Command) =>
      withStudio(command, async (session) => {
        const ids: string[] = [];
        for (const text of texts) ids.push((await queueableRun(session, text)).id);
        if (place !== undefined) for (const id of ids) await session.studio.runs.moveTo(id, place);
        await session.studio.context.queue.add(ids, 'back');
        await printQueue(session);
      }),
    );
}

/** @throws {StudioError} run.inUse: it trains; input.invalid: it is finished */
async function queueableRun({ studio }: Session, text: string): Promise<RunRow> {
  const row = await studio.runBook.find(text);
  if ((await studio.context.leases.heldRuns()).has(row.id) || studio.context.places.away(row.id) !== null)
    throw new StudioError('run.inUse', `"${row.name}" is training already.`, {
      remedy: 'Choose runs that are not training.',
    });
  if (row.state === 'finished')
    throw new StudioError('input.invalid', `"${row.name}" is finished.`, {
      remedy: 'Train it anew with other settings or another seed: quorum train … --queue',
    });
  return row;
}
