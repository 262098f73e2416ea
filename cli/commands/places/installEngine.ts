/** `quorum places install-engine`. */
import type { Command } from 'commander';
import { withStudio } from '../../session.ts';

export function addPlacesInstallEngineCommand(places: Command): void {
  places
    .command('install-engine <name>')
    .description('Install the engine at a place: for its GPUs where it has any, else for its processor.')
    .action((name: string, _options: unknown, command: Command) =>
      withStudio(command, async ({ studio, print }) => {
        const words = await studio.context.places.installEngine(name);
        print({ name, words }, words);
      }),
    );
}
