/** `quorum queue run`. */
import type { Command } from 'commander';
import { runQueue } from '../../queueRuns.ts';
import { withStudio } from '../../session.ts';

export function addQueueRunCommand(queue: Command): void {
  queue
    .command('run')
    .description('Train what waits until nothing does; a run that fails does not keep the rest from being trained.')
    .option('--stop-after-failure', 'pause the queue when a run fails')
    .action(({ stopAfterFailure = false }: { stopAfterFailure?: boolean }, command: Command) =>
      withStudio(command, (session) => runQueue(session, { stopAfterFailure })),
    );
}
