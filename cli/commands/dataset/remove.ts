/** `quorum dataset remove`. */
import type { Command } from 'commander';
import { printable } from '../../format.ts';
import { withStudio } from '../../session.ts';

export function addDatasetRemoveCommand(dataset: Command): void {
  dataset
    .command('remove <dataset>')
    .description("Remove Quorum's copy; your images stay.")
    .option('--force', 'also when runs were trained on it')
    .action((text: string, { force = false }: { force?: boolean }, command: Command) =>
      withStudio(command, async (session) => {
        const removed = await session.studio.datasets.remove(text, { force });
        session.print(removed, `Removed ${removed.id} ("${printable(removed.name)}"). Your images were not touched.`);
      }),
    );
}
