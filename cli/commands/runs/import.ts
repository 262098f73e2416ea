/** `quorum runs import`. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { ArrivalCheck } from '../../../core/studio/travel/checkArrival.ts';
import type { CheckedArrival } from '../../../core/studio/travel/travel.ts';
import { printable } from '../../format.ts';
import { withStudio } from '../../session.ts';

export function addRunsImportCommand(runs: Command): void {
  runs
    .command('import <archive>')
    .description(
      'Import runs that were exported on another machine; if their images are here, the results are checked.',
    )
    .option('--no-check', 'do not check the results by predicting again')
    .action((archive: string, { check }: { check: boolean }, command: Command) =>
      withStudio(command, async ({ studio, work, print }) => {
        const { checkInWords } = await import('../../../core/studio/travel/checkArrival.ts');
        const arrivals = await studio.travel.import(resolve(archive), { check }, work);
        print({ runs: arrivals }, arrivals.map((one) => printable(describe(one, check, checkInWords))).join('\n'));
      }),
    );
}

function describe(
  { run, idThere, dataset, checks, problem }: CheckedArrival,
  checked: boolean,
  inWords: (check: ArrivalCheck) => string,
): string {
  const renamed = run.id === idThere ? '' : ` (there it was ${idThere})`;
  const found = checks.map((check) => `\n  checked here: ${inWords(check)}`).join('');
  const images = dataset
    ? `its images are those of "${dataset.name}"`
    : 'its images are not here: import them first to check it and to go on with it';
  const failed = problem === null ? '' : `\n  could not be checked here: ${problem}`;
  const none =
    dataset && checked && problem === null && checks.length === 0 ? '; no prediction came along to compare with' : '';
  return `${run.id}${renamed}: "${run.name}", ${run.state}; ${images}${none}.${found}${failed}`;
}
