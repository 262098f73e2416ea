/** `quorum ensemble`: networks that vote under a name. One file per subcommand. */
import type { Command } from 'commander';
import { addEnsembleCreateCommand } from './create.ts';
import { addEnsembleListCommand } from './list.ts';
import { addEnsemblePredictCommand } from './predict.ts';
import { addEnsembleRemoveCommand } from './remove.ts';
import { addEnsembleSelectCommand } from './select.ts';
import { addEnsembleShowCommand } from './show.ts';

export function addEnsembleCommand(program: Command): void {
  const ensemble = program.command('ensemble').description('Ensembles: create, select, list, show, predict, remove.');
  addEnsembleCreateCommand(ensemble);
  addEnsembleSelectCommand(ensemble);
  addEnsembleListCommand(ensemble);
  addEnsembleShowCommand(ensemble);
  addEnsemblePredictCommand(ensemble);
  addEnsembleRemoveCommand(ensemble);
}
