/** `quorum places list`. */
import type { Command } from 'commander';
import { placeWords } from '../../../pure/placeWords.ts';
import { withStudio } from '../../session.ts';

export function addPlacesListCommand(places: Command): void {
  places
    .command('list')
    .description('List the places.')
    .action((_options: unknown, command: Command) =>
      withStudio(command, async ({ studio, print }) => {
        const all = await studio.context.places.list();
        print(all, all.map((place) => `${place.name}: ${placeWords(place)}`).join('\n') || 'There is no place yet.');
      }),
    );
}
