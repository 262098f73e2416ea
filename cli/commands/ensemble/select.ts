/** `quorum ensemble select`. */
import { type Command, Option } from 'commander';
import type { DeviceChoice } from '../../../contract/deviceChoice.ts';
import { ruleInWords } from '../../../contract/voting.ts';
import type { SelectionReport } from '../../../core/studio/results/selectEnsemble.ts';
import { pValueText } from '../../../pure/statistics/pValueText.ts';
import { formatPercent, formatTable, printable } from '../../format.ts';
import { deviceOption } from '../../options/deviceOption.ts';
import { wholeNumber } from '../../options/optionValues.ts';
import { addMemberOptions, memberNames, type MemberOptions } from '../../options/votingOptions.ts';
import { prepareEngine } from '../../prepareEngine.ts';
import { withStudio } from '../../session.ts';

interface SelectOptions extends MemberOptions {
  readonly data: 'train' | 'val' | 'test';
  readonly dataset?: string;
  readonly steps?: number;
  readonly seed?: number;
  readonly device?: DeviceChoice;
}

export function addEnsembleSelectCommand(ensemble: Command): void {
  addMemberOptions(
    ensemble
      .command('select <name>')
      .description(
        'Let half of the labelled images select members and their weights (Caruana et al. 2004); the other half says ' +
          'how good the ensemble is.',
      ),
  )
    .addOption(new Option('--data <split>', 'the images that select').choices(['train', 'val', 'test']).default('val'))
    .option('--dataset <id>', "data set of the split; default: each run's own")
    .option('--steps <n>', 'how many times a member is taken at most; default 20', wholeNumber)
    .option('--seed <n>', 'decides which half selects; default 0', wholeNumber)
    .addOption(deviceOption("default: the run's own"))
    .action((name: string, options: SelectOptions, command: Command) =>
      withStudio(command, async (session) => {
        await prepareEngine(session, options.device);
        const { data, dataset, steps, seed, device } = options;
        const report = await session.studio.ensembles.select(
          {
            name,
            members: memberNames(options),
            images: { kind: 'split', split: data, ...(dataset !== undefined && { dataset }) },
            ...(steps !== undefined && { steps }),
            ...(seed !== undefined && { seed }),
            ...(device !== undefined && { device }),
          },
          session.work,
        );
        session.print(report, describe(report));
      }),
    );
}

function describe({ ensemble, members, selecting, estimate }: SelectionReport): string {
  const { images, top1, low, high, bestMember, bestTop1, pValue } = estimate;
  const table = formatTable(
    ['network', 'weight', 'top-1'],
    members.map((member) => [printable(member.name), String(member.count), formatPercent(member.top1)]),
  );
  const names = ensemble.members.map((id) => members.find((member) => member.id === id)?.name ?? id);
  return [
    table,
    `${ensemble.id}  "${printable(ensemble.name)}": ${ruleInWords(ensemble.rule, names.map(printable))}`,
    `Selected on ${selecting.images} images, of which the ensemble gets ${formatPercent(selecting.top1)} right.`,
    `On the other ${images}: ${formatPercent(top1)} (95 %: ${formatPercent(low)} to ${formatPercent(high)}); ` +
      `${printable(bestMember)}, the best member of the selecting half, ${formatPercent(bestTop1)} ` +
      `(McNemar's exact test: p ${pValueText(pValue)}).`,
  ].join('\n');
}
