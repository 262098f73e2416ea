/** `quorum protocol list`. */
import type { Command } from 'commander';
import { viewCount } from '../../../contract/protocol.ts';
import { formatTable, formatWhen } from '../../format.ts';
import { withStudio } from '../../session.ts';

export function addProtocolListCommand(protocol: Command): void {
  protocol
    .command('list')
    .description('Every protocol by name.')
    .action((_options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const entries = await session.studio.protocols.list();
        const rows = entries.map(({ protocol: definition, createdAt }) => [
          definition.name,
          String(viewCount(definition)),
          createdAt === null ? 'Quorum' : formatWhen(createdAt),
          definition.title,
        ]);
        session.print(entries, formatTable(['name', 'views', 'made', 'what it does'], rows, ['views']));
      }),
    );
}
