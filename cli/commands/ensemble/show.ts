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
          entry.networks.map(({ model }) => model),
        );
        const rows = entry.networks.map((member) => [
          member.id,
          member.name,
          member.model,
          member.kind === 'run' ? member.run.state : 'imported',
          formatPercent(member.kind === 'run' ? member.run.best[METRIC.valTop1] : null),
        ]);
        const table = formatTable(['member', 'name', 'network', 'state', 'best top-1'], rows, ['best top-1']);
        session.print(entry, `${entry.id}  "${printable(entry.name)}"\n${rule}\n${table}`);
      }),
    );
}
