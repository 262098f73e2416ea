/** `quorum protocol remove`. */
import type { Command } from 'commander';
import { withStudio } from '../../session.ts';

export function addProtocolRemoveCommand(protocol: Command): void {
  protocol
    .command('remove <name>')
    .description('Remove a protocol of your own; what was measured by it stays.')
    .action((name: string, _options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const { protocol: removed } = await session.studio.protocols.remove(name);
        session.print(removed, `Removed ${removed.name}.`);
      }),
    );
}
