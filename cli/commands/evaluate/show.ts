import type { Command } from 'commander';
import { asJson, classTable, describe } from '../../evaluationText.ts';
import { withStudio } from '../../session.ts';

export function addShowCommand(evaluate: Command): void {
  evaluate
    .command('show <evaluation>')
    .description('One evaluation with its classes.')
    .action((id: string, _options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const details = await session.studio.evaluations.show(id);
        session.print(asJson(details), `${describe(details)}\n\n${classTable(details)}`);
      }),
    );
}
