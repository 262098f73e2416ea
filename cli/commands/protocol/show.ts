/** `quorum protocol show`. */
import type { Command } from 'commander';
import { withStudio } from '../../session.ts';
import { describeProtocol } from './protocolText.ts';

export function addProtocolShowCommand(protocol: Command): void {
  protocol
    .command('show <name>')
    .description('One protocol in full.')
    .action((name: string, _options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const entry = await session.studio.protocols.show(name);
        session.print(entry, describeProtocol(entry));
      }),
    );
}
