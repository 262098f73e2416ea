/** `quorum runs rebuild`: the database made anew from the folders. */
import type { Command } from 'commander';
import { withStudio } from '../session.ts';

export function addRunRebuildCommand(runs: Command): void {
  runs
    .command('rebuild')
    .description('Make the database anew from the folders of runs, data sets and predictions.')
    .action((_options: unknown, command: Command) =>
      withStudio(
        command,
        async ({ studio: { rebuilt }, print }) => {
          print(
            rebuilt,
            rebuilt
              ? `${rebuilt.runs} runs, ${rebuilt.points} points, ${rebuilt.checkpoints} checkpoints, ${rebuilt.datasets} data sets, ${rebuilt.predictions} predictions, ${rebuilt.evaluations} evaluations, ${rebuilt.ensembles} ensembles; ${rebuilt.problems.length} things could not be read.`
              : '',
          );
        },
        { rebuild: true },
      ),
    );
}
