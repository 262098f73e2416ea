/** `quorum dataset changes`. */
import type { Command } from 'commander';
import { withStudio } from '../../session.ts';
import { printOverlay } from './overlayText.ts';

export function addDatasetChangesCommand(dataset: Command): void {
  dataset
    .command('changes <dataset>')
    .description('Images that were excluded or relabelled.')
    .option('--reset', 'undo all changes')
    .action((text: string, { reset = false }: { reset?: boolean }, command: Command) =>
      withStudio(command, async (session) => {
        printOverlay(session, await session.studio.datasets.overlay(text, reset ? null : undefined));
      }),
    );
}
