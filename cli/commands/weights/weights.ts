/**
 * `quorum weights`: look into weight files, import them, find out how they want their images, export them. One file
 * per subcommand.
 */
import type { Command } from 'commander';
import { addFetchWeights, addTryWeights } from '../fetch.ts';
import { addWeightsCheckCommand } from './check.ts';
import { addWeightsExportCommand } from './export.ts';
import { addWeightsImportCommand } from './import.ts';
import { addWeightsInspectCommand } from './inspect.ts';
import { addWeightsListCommand } from './list.ts';
import { addWeightsRemoveCommand } from './remove.ts';

export function addWeightsCommand(program: Command): void {
  const weights = program.command('weights').description('Weight files: inspect, import, list, check, export, remove.');
  addFetchWeights(weights);
  addTryWeights(weights);
  addWeightsInspectCommand(weights);
  addWeightsImportCommand(weights);
  addWeightsListCommand(weights);
  addWeightsRemoveCommand(weights);
  addWeightsExportCommand(weights);
  addWeightsCheckCommand(weights);
}
