/** `quorum weights remove`. */
import type { Command } from 'commander';
import { printable } from '../../format.ts';
import { withStudio } from '../../session.ts';

export function addWeightsRemoveCommand(weights: Command): void {
  weights
    .command('remove <weights>')
    .description('Remove imported weights; the file they came from stays.')
    .action((text: string, _options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const card = await session.studio.weights.remove(text);
        session.print(card, printable(`Removed ${card.id} ("${card.name}").`));
      }),
    );
}
