/** Evaluations as tables to paste, and the options that say how they look. */
import { type Command, Option } from 'commander';
import type { Studio } from '../../../core/studio/createStudio.ts';

export interface TableChoices {
  readonly table?: 'md' | 'latex' | 'csv';
  readonly figure?: 'error' | 'accuracy';
  readonly intervals?: boolean;
  readonly rank?: string;
  readonly withoutDuplicates?: boolean;
}

export function addTableOptions(command: Command): Command {
  return command
    .addOption(new Option('--table <format>', 'as a table to paste').choices(['md', 'latex', 'csv']))
    .addOption(new Option('--figure <kind>', 'what tables show').choices(['error', 'accuracy']).default('error'))
    .option('--intervals', 'tables with 95 % intervals')
    .option(
      '--rank <protocol>',
      "sort tables by this protocol; any: by each network's best figure, although protocols are not comparable",
    )
    .option(
      '--without-duplicates',
      'figures without images that are in the training split as well; searches for them if that was not done yet',
    );
}

export async function tableText(
  { evaluations }: Studio,
  { table = 'md', figure, intervals, rank, withoutDuplicates }: TableChoices,
  filter: Parameters<Studio['evaluations']['tables']>[1],
): Promise<string> {
  const { tablesAsText } = await import('../../../core/studio/results/tablesByDataset.ts');
  return tablesAsText(
    await evaluations.tables(
      {
        ...(figure && { figure }),
        ...(intervals && { intervals }),
        ...(rank !== undefined && { rank }),
        ...(withoutDuplicates && { withoutDuplicates }),
      },
      filter,
    ),
    table,
  );
}
