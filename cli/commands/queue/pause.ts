/** `quorum queue pause` and `quorum queue resume`. */
import type { Command } from 'commander';
import { openQueue } from '../../queueRuns.ts';
import { type Session, withStudio } from '../../session.ts';
import { printQueue } from './queueText.ts';

export function addQueuePauseCommand(queue: Command): void {
  queue
    .command('pause')
    .description('Pause the queue: no new run starts; running ones continue.')
    .action((_options: unknown, command: Command) => withStudio(command, (session) => setPaused(session, true)));
}

export function addQueueResumeCommand(queue: Command): void {
  queue
    .command('resume')
    .description('Resume the queue: queued runs start where a studio is open.')
    .action((_options: unknown, command: Command) => withStudio(command, (session) => setPaused(session, false)));
}

async function setPaused(session: Session, paused: boolean): Promise<void> {
  await openQueue(session).queue.configure({ paused, pausedReason: null });
  await printQueue(session);
}
