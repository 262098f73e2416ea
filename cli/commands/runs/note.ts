/** `quorum runs note`. */
import type { Command } from 'commander';
import { printable } from '../../format.ts';
import { withStudio } from '../../session.ts';

export function addRunsNoteCommand(runs: Command): void {
  runs
    .command('note <run> [text...]')
    .description('Write a note on a run; without text, show it.')
    .action((text: string, words: string[], _options: unknown, command: Command) =>
      withStudio(command, async ({ studio, print }) => {
        const run = await studio.runBook.find(text);
        const { id, note } = words.length > 0 ? await studio.runBook.annotate(run.id, { note: words.join(' ') }) : run;
        print({ id, note }, note === '' ? `${id} has no note.` : note.split('\n').map(printable).join('\n'));
      }),
    );
}
