/** `quorum queue list`. */
import type { Command } from 'commander';
import { withStudio } from '../../session.ts';
import { printQueue } from './queueText.ts';

export function addQueueListCommand(queue: Command): void {
  queue
    .command('list')
    .description('List running and queued runs, in the order in which they start.')
    .action((_options: unknown, command: Command) => withStudio(command, printQueue));
}
