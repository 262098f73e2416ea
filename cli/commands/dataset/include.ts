/** `quorum dataset include`. */
import { Argument, type Command } from 'commander';
import { Split } from '../../../contract/dataset.ts';
import { withStudio } from '../../session.ts';
import { printOverlay } from './overlayText.ts';

export function addDatasetIncludeCommand(dataset: Command): void {
  dataset
    .command('include <dataset>')
    .addArgument(new Argument('<split>').choices(Split.options))
    .argument('<images...>')
    .description('Include excluded images again, as they were imported.')
    .action((text: string, split: Split, paths: string[], _options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const changes = paths.map((path) => ({ split, path, exclude: false }));
        printOverlay(session, await session.studio.datasets.overlay(text, changes));
      }),
    );
}
