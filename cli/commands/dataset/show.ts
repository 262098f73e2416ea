/** `quorum dataset show`. */
import type { Command } from 'commander';
import { withStudio } from '../../session.ts';
import { describeCard } from './datasetText.ts';

export function addDatasetShowCommand(dataset: Command): void {
  dataset
    .command('show <dataset>')
    .description('One data set.')
    .action((text: string, _options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const card = await session.studio.datasets.show(text);
        session.print(card, describeCard(card));
      }),
    );
}
