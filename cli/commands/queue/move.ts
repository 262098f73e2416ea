/** `quorum queue move`. */
import type { Command } from 'commander';
import { withStudio } from '../../session.ts';
import { printQueue } from './queueText.ts';
import { waitingRun } from './waitingRun.ts';

export function addQueueMoveCommand(queue: Command): void {
  queue
    .command('move <run>')
    .description('Move a run to the end of the queue, or before another queued run.')
    .option('--before <run>', 'the run to put it before')
    .action((text: string, { before }: { before?: string }, command: Command) =>
      withStudio(command, async (session) => {
        const { context, runBook } = session.studio;
        const { id } = await waitingRun(session, text);
        await context.queue.move(id, before === undefined ? null : (await runBook.find(before)).id);
        await printQueue(session);
      }),
    );
}
