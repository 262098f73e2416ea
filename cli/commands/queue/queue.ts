/**
 * `quorum queue`: what waits to be trained, in which order, and training it. An open studio trains the same queue by
 * itself. One file per subcommand.
 */
import type { Command } from 'commander';
import { addQueueAddCommand } from './add.ts';
import { addQueueListCommand } from './list.ts';
import { addQueueMoveCommand } from './move.ts';
import { addQueuePauseCommand, addQueueResumeCommand } from './pause.ts';
import { addQueueRemoveCommand } from './remove.ts';
import { addQueueRunCommand } from './run.ts';

export function addQueueCommand(program: Command): void {
  const queue = program.command('queue').description('The queue of runs: add, list, move, remove, pause, run.');
  addQueueAddCommand(queue);
  addQueueListCommand(queue);
  addQueueMoveCommand(queue);
  addQueueRemoveCommand(queue);
  addQueuePauseCommand(queue);
  addQueueResumeCommand(queue);
  addQueueRunCommand(queue);
}
