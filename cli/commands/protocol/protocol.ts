/**
 * `quorum protocol`: the ways of measuring, by name; one's own are made once and never change. One file per
 * subcommand.
 */
import type { Command } from 'commander';
import { addProtocolCreateCommand } from './create.ts';
import { addProtocolListCommand } from './list.ts';
import { addProtocolRemoveCommand } from './remove.ts';
import { addProtocolShowCommand } from './show.ts';

export function addProtocolCommand(program: Command): void {
  const protocol = program.command('protocol').description('Evaluation protocols: list, show, create, remove.');
  addProtocolListCommand(protocol);
  addProtocolShowCommand(protocol);
  addProtocolCreateCommand(protocol);
  addProtocolRemoveCommand(protocol);
}
