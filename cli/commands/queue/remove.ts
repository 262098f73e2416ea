/** `quorum queue remove`. */
import type { Command } from 'commander';
import { withStudio } from '../../session.ts';
import { printQueue } from './queueText.ts';
import { waitingRun } from './waitingRun.ts';

export function addQueueRemoveCommand(queue: Command): void {
  queue
    .command('remove <run...>')
    .description('Take runs out of the queue; they are kept.')
    .action((texts: string[], _options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        for (const text of texts) {
          const { id, step } = await waitingRun(session, text);
          await session.studio.context.queue.take(id, step > 0 ? 'interrupted' : 'stopped');
        }
        await printQueue(session);
      }),
    );
}
