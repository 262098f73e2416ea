/** `quorum runs import`. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { ArrivalCheck } from '../../../core/studio/travel/checkArrival.ts';
import type { ReplayCheck } from '../../../core/studio/travel/replayArrival.ts';
import type { CheckedArrival } from '../../../core/studio/travel/travel.ts';
import { printable } from '../../format.ts';
import { withStudio } from '../../session.ts';

export function addRunsImportCommand(runs: Command): void {
  runs
    .command('import <archive>')
    .description(
      'Import runs that were exported on another machine; if their images are here, the results are checked.',
    )
    .option('--no-check', 'do not check the results by predicting and training again')
    .action((archive: string, { check }: { check: boolean }, command: Command) =>
      withStudio(command, async ({ studio, work, print }) => {
        const { checkInWords } = await import('../../../core/studio/travel/checkArrival.ts');
        const { replayInWords } = await import('../../../core/studio/travel/replayArrival.ts');
        const words = { checkInWords, replayInWords };
        const arrivals = await studio.travel.import(resolve(archive), { check }, work);
        print({ runs: arrivals }, arrivals.map((one) => printable(describe(one, check, words))).join('\n'));
      }),
    );
}

interface Words {
  readonly checkInWords: (check: ArrivalCheck) => string;
  readonly replayInWords: (check: ReplayCheck) => string;
}

function describe(
  { run, idThere, dataset, ensembles, checks, replay, problem }: CheckedArrival,
  checked: boolean,
  { checkInWords, replayInWords }: Words,
): string {
  const renamed = run.id === idThere ? '' : ` (there it was ${idThere})`;
  const words = [...checks.map(checkInWords), ...(replay ? [replayInWords(replay)] : [])];
  const found = words.map((one) => `\n  checked here: ${one}`).join('');
  const images = dataset
    ? `its images are those of "${dataset.name}"`
    : 'its images are not here: import them first to check it and to go on with it';
  const member = ensembles.length === 0 ? '' : `; a member of ${ensembles.map((name) => `"${name}"`).join(', ')}`;
  const failed = problem === null ? '' : `\n  could not be checked here: ${problem}`;
  const none =
    dataset && checked && problem === null && checks.length === 0 ? '; no prediction came along to compare with' : '';
  return `${run.id}${renamed}: "${run.name}", ${run.state}; ${images}${none}${member}.${found}${failed}`;
}
