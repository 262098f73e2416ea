/** `quorum places check`. */
import type { Command } from 'commander';
import { withStudio } from '../../session.ts';

export function addPlacesCheckCommand(places: Command): void {
  places
    .command('check <name>')
    .description('Test the connection to a place; nothing is started.')
    .action((name: string, _options: unknown, command: Command) =>
      withStudio(command, async ({ studio, print }) => {
        const answer = await studio.context.places.check(name);
        print({ name, answer }, `${name} answers: ${answer}.`);
      }),
    );
}
