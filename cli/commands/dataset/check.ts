/** `quorum dataset check`. */
import type { Command } from 'commander';
import type { DatasetCheck } from '../../../contract/dataset.ts';
import { formatBytes } from '../../../pure/bytes.ts';
import { printable } from '../../format.ts';
import { withStudio } from '../../session.ts';

export function addDatasetCheckCommand(dataset: Command): void {
  dataset
    .command('check <dataset>')
    .description('Compare a data set with the files it was imported from.')
    .action((text: string, _options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const report = await session.studio.datasets.check(text, session.work);
        session.print(report, describeCheck(report));
        if (!report.ok) process.exitCode = 1;
      }),
    );
}

function describeCheck(report: DatasetCheck): string {
  const { compared, changed, missing, added, examples, caches, problem } = report;
  const lines = [
    `${report.ok ? 'ok' : 'NOT OK'}: ${compared} files compared, ${changed} changed, ` +
      `${missing} missing, ${added} added`,
    ...examples.map(({ path, state }) => `  ${state}: ${path}`),
    ...caches.map(
      (cache) => `${cache.file}: ${formatBytes(cache.sizeBytes)}, ${cache.ok ? 'ok' : (cache.problem ?? 'damaged')}`,
    ),
    ...(problem === null ? [] : [problem]),
  ];
  return lines.map(printable).join('\n');
}
