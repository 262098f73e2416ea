/** `quorum ensemble list`. */
import type { Command } from 'commander';
import { formatTable, formatWhen } from '../../format.ts';
import { withStudio } from '../../session.ts';

export function addEnsembleListCommand(ensemble: Command): void {
  ensemble
    .command('list')
    .description('All ensembles.')
    .action((_options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const ensembles = await session.studio.ensembles.list();
        session.print(
          ensembles,
          ensembles.length > 0
            ? formatTable(
                ['id', 'name', 'rule', 'members', 'created'],
                ensembles.map(({ id, name, rule, members, createdAt }) => [
                  id,
                  name,
                  rule.kind,
                  members.join(' '),
                  formatWhen(createdAt),
                ]),
              )
            : 'No ensembles yet. Make one: quorum ensemble create NAME --run RUN --run RUN',
        );
      }),
    );
}
