/** `quorum dataset exclude`. */
import { Argument, type Command } from 'commander';
import { Split } from '../../../contract/dataset.ts';
import { withStudio } from '../../session.ts';
import { printOverlay } from './overlayText.ts';

export function addDatasetExcludeCommand(dataset: Command): void {
  dataset
    .command('exclude <dataset>')
    .addArgument(new Argument('<split>').choices(Split.options))
    .argument('<images...>')
    .description('Exclude images from new runs; files and packed caches stay.')
    .action((text: string, split: Split, paths: string[], _options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const changes = paths.map((path) => ({ split, path, exclude: true }));
        printOverlay(session, await session.studio.datasets.overlay(text, changes));
      }),
    );
}
