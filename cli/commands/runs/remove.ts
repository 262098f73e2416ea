/** `quorum runs remove`. */
import type { Command } from 'commander';
import type { RunRow } from '../../../contract/api/runs/runTypes.ts';
import { printable } from '../../format.ts';
import { type Session, withStudio } from '../../session.ts';

export function addRunsRemoveCommand(runs: Command): void {
  runs
    .command('remove <run...>')
    .description('Move runs to the trash; with --for-good, delete them with their checkpoints and predictions.')
    .option('--for-good', 'delete permanently; also for runs in the trash')
    .action((texts: string[], { forGood = false }: { forGood?: boolean }, command: Command) =>
      withStudio(command, (session) => remove(session, texts, forGood)),
    );
}

async function remove({ studio, print }: Session, texts: readonly string[], forGood: boolean): Promise<void> {
  const removed = [];
  for (const text of texts) {
    const { id, name } = forGood ? await findAnywhere(studio, text) : await studio.runBook.find(text);
    if (forGood) await studio.runBook.delete(id);
    else await studio.runBook.trash(id);
    removed.push({ id, name, forGood });
  }
  const words = removed.map(({ id, name }) =>
    forGood
      ? `Deleted ${id} ("${name}").`
      : `${id} ("${name}") is in the trash. To restore it: quorum runs restore ${id}`,
  );
  print(removed, words.map(printable).join('\n'));
}

/** Outside the trash, or else in it. */
async function findAnywhere({ runBook }: Session['studio'], text: string): Promise<RunRow> {
  try {
    return await runBook.find(text);
  } catch (error) {
    return runBook.find(text, { trashed: true }).catch(() => {
      throw error;
    });
  }
}
