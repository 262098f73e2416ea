/** `quorum runs export`. */
import type { Command } from 'commander';
import { exportRun } from '../../../core/studio/runs/exportRun.ts';
import { formatBytes } from '../../../pure/bytes.ts';
import { withStudio } from '../../session.ts';

interface ExportOptions {
  readonly output: string;
  readonly overwrite?: boolean;
}

export function addRunsExportCommand(runs: Command): void {
  runs
    .command('export <run>')
    .description('Export a run: .json holds everything about it, .csv its metrics, one row per point.')
    .requiredOption('--output <file>', 'file ending in .json or .csv')
    .option('--overwrite', 'replace an existing file')
    .action((text: string, { output, overwrite = false }: ExportOptions, command: Command) =>
      withStudio(command, async ({ studio, print }) => {
        const { id } = await studio.runBook.find(text);
        const run = await studio.runs.show(id);
        const written = await exportRun(run, await studio.runs.metrics(id), output, overwrite);
        print(written, `${written.path}: ${written.points} points of ${id}, ${formatBytes(written.sizeBytes)}.`);
      }),
    );
}
