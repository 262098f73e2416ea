/** `quorum runs compare`. */
import { type Command, Option } from 'commander';
import { compareRuns, type CompareFormat } from '../../compareRuns.ts';
import { withStudio } from '../../session.ts';

interface CompareOptions {
  readonly format: CompareFormat;
  readonly all?: boolean;
}

export function addRunsCompareCommand(runs: Command): void {
  runs
    .command('compare <run...>')
    .description('Compare results and settings of several runs side by side.')
    .addOption(
      new Option('--format <kind>', 'for the terminal, a page, a paper or a spreadsheet')
        .choices(['text', 'markdown', 'latex', 'csv'])
        .default('text'),
    )
    .option('--all', 'identical settings too')
    .action((texts: string[], { format, all = false }: CompareOptions, command: Command) =>
      withStudio(command, async ({ studio, print }) => {
        const rows = [];
        for (const text of texts) rows.push(await studio.runBook.find(text));
        const { value, text } = compareRuns(rows, { format, all });
        print(value, text);
      }),
    );
}
