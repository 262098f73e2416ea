import type { Command } from 'commander';
import { type EvaluationRecord, imagesInWords } from '../../../contract/evaluation.ts';
import { recordAsJson } from '../../evaluationText.ts';
import { formatPercent, formatTable, formatWhen } from '../../format.ts';
import { onlyBeside } from '../../options/onlyBeside.ts';
import { withStudio } from '../../session.ts';
import { addTableOptions, type TableChoices, tableText } from './tables.ts';

export function addListCommand(evaluate: Command): void {
  addTableOptions(
    evaluate
      .command('list')
      .description('Evaluations, newest first; or as tables of networks and protocols.')
      .option('--of <dataset>', 'only of this data set'),
  ).action((options: { of?: string }, command: Command) =>
    withStudio(command, async (session) => {
      // The parent has options of the same names, which take what is typed behind the subcommand.
      const filter = options.of === undefined ? {} : { dataset: options.of };
      for (const given of [command, command.parent].filter((one) => one !== null))
        onlyBeside(given, 'table', ['figure', 'intervals', 'rank', 'withoutDuplicates']);
      const tableOptions = { ...options, ...command.parent?.opts<TableChoices>() };
      if (tableOptions.table) {
        const text = await tableText(session.studio, tableOptions, filter);
        session.print({ table: text }, text);
        return;
      }
      const all = await session.studio.evaluations.list(filter);
      session.print(all.map(recordAsJson), all.length === 0 ? 'No evaluations yet.' : listText(all));
    }),
  );
}

function listText(evaluations: readonly EvaluationRecord[]): string {
  return formatTable(
    ['evaluation', 'network', 'data', 'protocol', 'pictures', 'top-1', 'top-5', 'created'],
    evaluations.map((one) => [
      one.id,
      one.network,
      imagesInWords(one.images),
      one.protocol.name,
      String(one.count),
      formatPercent(one.top1),
      formatPercent(one.top5),
      formatWhen(one.createdAt),
    ]),
    ['pictures', 'top-1', 'top-5'],
  );
}
