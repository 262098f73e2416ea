import type { Command } from 'commander';
import { recordAsJson } from '../../evaluationText.ts';
import { withStudio } from '../../session.ts';

export function addRemoveCommand(evaluate: Command): void {
  evaluate
    .command('remove <evaluation>')
    .description('Remove an evaluation and its probabilities.')
    .action((id: string, _options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const removed = await session.studio.evaluations.remove(id);
        session.print(recordAsJson(removed), `Removed ${removed.id}.`);
      }),
    );
}
