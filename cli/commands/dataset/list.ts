/** `quorum dataset list`. */
import type { Command } from 'commander';
import { printable } from '../../format.ts';
import { withStudio } from '../../session.ts';
import { describeDatasets } from './datasetText.ts';

export function addDatasetListCommand(dataset: Command): void {
  dataset
    .command('list')
    .description('All data sets, newest first.')
    .action((_options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const { datasets, damaged } = await session.studio.datasets.list();
        const problems = damaged.map(({ id, name, problem }) => printable(`${id} (${name}) needs repair: ${problem}`));
        session.print({ datasets, damaged }, [describeDatasets(datasets), ...problems].join('\n'));
      }),
    );
}
