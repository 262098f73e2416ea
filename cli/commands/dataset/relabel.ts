/** `quorum dataset relabel`. */
import { Argument, type Command } from 'commander';
import { Split } from '../../../contract/dataset.ts';
import { withStudio } from '../../session.ts';
import { printOverlay } from './overlayText.ts';

export function addDatasetRelabelCommand(dataset: Command): void {
  dataset
    .command('relabel <dataset>')
    .addArgument(new Argument('<split>').choices(Split.options))
    .argument('<image>')
    .argument('<class>', 'id of the class')
    .description('Give an image another class from now on.')
    .action((text: string, split: Split, path: string, label: string, _options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const change = { split, path, exclude: false, label };
        printOverlay(session, await session.studio.datasets.overlay(text, [change]));
      }),
    );
}
