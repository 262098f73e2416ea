/** `quorum runs what-if`. */
import { type Command, Option } from 'commander';
import { METRIC } from '../../../contract/metrics.ts';
import { formatPercent, formatSeconds } from '../../format.ts';
import { decimalNumber, wholeNumber } from '../../options/optionValues.ts';
import { type Session, withStudio } from '../../session.ts';

interface WhatIfOptions {
  readonly patience: number;
  readonly metric: 'loss' | 'accuracy';
  readonly minChange: number;
}

export function addRunsWhatIfCommand(runs: Command): void {
  runs
    .command('what-if <run>')
    .description('Simulate early stopping on the recorded history of a run.')
    .option('--patience <n>', 'epochs without improvement', wholeNumber, 5)
    .addOption(new Option('--metric <kind>', 'what has to improve').choices(['loss', 'accuracy']).default('loss'))
    .option('--min-change <x>', 'smallest change that counts as an improvement', decimalNumber, 0)
    .action((text: string, options: WhatIfOptions, command: Command) =>
      withStudio(command, (session) => whatIf(session, text, options)),
    );
}

async function whatIf({ studio, print }: Session, text: string, options: WhatIfOptions): Promise<void> {
  const { patience, metric, minChange } = options;
  const { id } = await studio.runBook.find(text);
  const found = await studio.runBook.whatIf(id, {
    metric: metric === 'loss' ? METRIC.valLoss : METRIC.valTop1,
    patience: Math.max(1, patience),
    minChange,
  });
  const shown = (value: number | null): string =>
    metric === 'loss' ? (value?.toFixed(4) ?? '–') : formatPercent(value);
  const bestEpoch = found.bestEpoch ?? '–';
  const words =
    found.stopEpoch === null
      ? `would not have stopped ${id}: its best ${metric} is ${shown(found.bestValue)}, epoch ${bestEpoch}.`
      : `would have stopped ${id} after epoch ${found.stopEpoch}, with epoch ${bestEpoch} (${metric} ` +
        `${shown(found.value)}; the best of all is ${shown(found.bestValue)}) and ` +
        `${formatSeconds(found.savedMs / 1000)} saved.`;
  print({ id, patience, metric, minChange, ...found }, `Patience ${patience} ${words}`);
}
