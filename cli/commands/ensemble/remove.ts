/** `quorum ensemble remove`. */
import type { Command } from 'commander';
import { printable } from '../../format.ts';
import { withStudio } from '../../session.ts';

export function addEnsembleRemoveCommand(ensemble: Command): void {
  ensemble
    .command('remove <ensemble>')
    .description('Remove an ensemble; its networks stay.')
    .action((text: string, _options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const removed = await session.studio.ensembles.remove(text);
        session.print(removed, `Removed ${removed.id} ("${printable(removed.name)}").`);
      }),
    );
}
