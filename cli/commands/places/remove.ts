/** `quorum places remove`. */
import type { Command } from 'commander';
import { withStudio } from '../../session.ts';

export function addPlacesRemoveCommand(places: Command): void {
  places
    .command('remove <name>')
    .description('Remove a place; its jobs must have ended.')
    .action((name: string, _options: unknown, command: Command) =>
      withStudio(command, async ({ studio, print }) => {
        const { place } = await studio.context.places.lane(name);
        await studio.context.places.save((await studio.context.places.list()).filter((other) => other.name !== name));
        print(place, `${name} was removed.`);
      }),
    );
}
