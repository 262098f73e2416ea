/** `quorum runs tensorboard`: runs as folders that TensorBoard reads. */
import type { Command } from 'commander';
import { exportTensorboard, type TensorboardRun } from '../../../core/studio/runs/exportTensorboard.ts';
import { printable } from '../../format.ts';
import { withStudio } from '../../session.ts';

export function addTensorboardCommand(runs: Command): void {
  runs
    .command('tensorboard <run...>')
    .description('Write the curves of runs for TensorBoard: one folder per run.')
    .requiredOption('--output <folder>', 'where the folders go; then: tensorboard --logdir <folder>')
    .option('--overwrite', 'replace the curves of runs that are there')
    .action(
      (texts: string[], { output, overwrite = false }: { output: string; overwrite?: boolean }, command: Command) =>
        withStudio(command, async ({ studio, print }) => {
          const found: TensorboardRun[] = [];
          for (const text of texts) {
            const { id, name, startedAt, createdAt, endedAt } = await studio.runBook.find(text);
            found.push({ id, name, startedAt, createdAt, endedAt, metrics: await studio.runs.metrics(id) });
          }
          const written = await exportTensorboard(found, output, overwrite);
          print(
            written,
            written.map(({ run, path, scalars }) => printable(`${run}: ${scalars} points in ${path}`)).join('\n'),
          );
        }),
    );
}
