/** `quorum protocol remove`. */
import type { Command } from 'commander';
import { withStudio } from '../../session.ts';

export function addProtocolRemoveCommand(protocol: Command): void {
  protocol
    .command('remove <name>')
    .description('Remove one of your protocols; results measured with it stay.')
    .action((name: string, _options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const { protocol: removed } = await session.studio.protocols.remove(name);
        session.print(removed, `Removed ${removed.name}.`);
      }),
    );
}
