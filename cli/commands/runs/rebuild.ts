/** `quorum runs rebuild`: the database made anew from the folders. */
import type { Command } from 'commander';
import { type Session, withStudio } from '../../session.ts';

type Rebuilt = NonNullable<Session['studio']['rebuilt']>;

export function addRunRebuildCommand(runs: Command): void {
  runs
    .command('rebuild')
    .description('Rebuild the database from the folders of runs, data sets and evaluations.')
    .action((_options: unknown, command: Command) =>
      withStudio(
        command,
        async ({ studio: { rebuilt }, print }) => {
          print(rebuilt, rebuilt ? inWords(rebuilt) : '');
        },
        { rebuild: true },
      ),
    );
}

function inWords({ problems, ...counts }: Rebuilt): string {
  const words = [
    `${counts.runs} runs`,
    `${counts.points} points`,
    `${counts.checkpoints} checkpoints`,
    `${counts.datasets} data sets`,
    `${counts.evaluations} evaluations`,
    `${counts.ensembles} ensembles`,
  ];
  return `${words.join(', ')}; ${problems.length} things could not be read.`;
}
