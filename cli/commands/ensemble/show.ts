/** `quorum ensemble show`. */
import type { Command } from 'commander';
import { METRIC } from '../../../contract/metrics.ts';
import { ruleInWords } from '../../../contract/voting.ts';
import { formatPercent, formatTable, printable } from '../../format.ts';
import { withStudio } from '../../session.ts';

export function addEnsembleShowCommand(ensemble: Command): void {
  ensemble
    .command('show <ensemble>')
    .description('Members and rule.')
    .action((text: string, _options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const entry = await session.studio.ensembles.show(text);
        const rule = ruleInWords(
          entry.rule,
          entry.runs.map((run) => run.spec.model.name),
        );
        const rows = entry.runs.map(({ id, name, spec, state, best }) => [
          id,
          name,
          spec.model.name,
          state,
          formatPercent(best[METRIC.valTop1]),
        ]);
        const table = formatTable(['member', 'name', 'network', 'state', 'best top-1'], rows, ['best top-1']);
        session.print(entry, `${entry.id}  "${printable(entry.name)}"\n${rule}\n${table}`);
      }),
    );
}
