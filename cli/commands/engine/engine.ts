/** `quorum engine`: the engine that computes. One file per subcommand. */
import type { Command } from 'commander';
import { addEngineAllowCommand } from './allow.ts';
import { addEngineInstallCommand } from './install.ts';
import { addEngineStatusCommand } from './status.ts';
import { addEngineTestCommand } from './test.ts';

export function addEngineCommand(program: Command): void {
  const engine = program.command('engine').description('The compute engine: status, install, allow, test.');
  addEngineStatusCommand(engine);
  addEngineInstallCommand(engine);
  addEngineAllowCommand(engine);
  addEngineTestCommand(engine);
}
