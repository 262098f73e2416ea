/** `quorum places`: where runs train beside this machine. One file per subcommand. */
import type { Command } from 'commander';
import { addPlacesAddCommand } from './add.ts';
import { addPlacesCheckCommand } from './check.ts';
import { addPlacesInstallEngineCommand } from './installEngine.ts';
import { addPlacesListCommand } from './list.ts';
import { addPlacesRemoveCommand } from './remove.ts';

export function addPlacesCommand(program: Command): void {
  const places = program
    .command('places')
    .description(
      'Places besides this machine where runs train: list, add, check, install-engine, remove. See docs/places.md.',
    );
  addPlacesListCommand(places);
  addPlacesAddCommand(places);
  addPlacesCheckCommand(places);
  addPlacesInstallEngineCommand(places);
  addPlacesRemoveCommand(places);
}
