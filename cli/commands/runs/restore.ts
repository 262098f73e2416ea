/** `quorum runs restore`. */
import type { Command } from 'commander';
import { printable } from '../../format.ts';
import { withStudio } from '../../session.ts';

export function addRunsRestoreCommand(runs: Command): void {
  runs
    .command('restore <run...>')
    .description('Restore runs from the trash.')
    .action((texts: string[], _options: unknown, command: Command) =>
      withStudio(command, async ({ studio, print }) => {
        const restored = [];
        for (const text of texts) {
          const { id } = await studio.runBook.find(text, { trashed: true });
          const { name } = await studio.runBook.restore(id);
          restored.push({ id, name });
        }
        print(restored, restored.map(({ id, name }) => printable(`Restored ${id} ("${name}").`)).join('\n'));
      }),
    );
}
