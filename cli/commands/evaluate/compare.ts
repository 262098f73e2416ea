import type { Command } from 'commander';
import { comparisonAsJson, describeComparison } from '../../evaluationText.ts';
import { onlyBeside } from '../../options/onlyBeside.ts';
import { wholeNumber } from '../../options/optionValues.ts';
import { withStudio } from '../../session.ts';

export function addCompareCommand(evaluate: Command): void {
  evaluate
    .command('compare <first> <second>')
    .description('Two evaluations on the same images: exact McNemar test, interval of the difference, what flipped.')
    .option('--sheet <file>', 'the images that only one gets right, as PNG')
    .option('--count <n>', 'images on the sheet', wholeNumber, 48)
    .action((first: string, second: string, { sheet, count }: { sheet?: string; count: number }, command: Command) =>
      withStudio(command, async (session) => {
        onlyBeside(command, 'sheet', ['count']);
        const comparison = await session.studio.evaluations.compare(first, second);
        if (sheet !== undefined)
          session.progress.say(
            `${await session.studio.evaluations.flipSheet(comparison, sheet, count)} images in ${sheet}.`,
          );
        session.print(comparisonAsJson(comparison), describeComparison(comparison));
      }),
    );
}
