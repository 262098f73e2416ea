/** `quorum runs tag`. */
import type { Command } from 'commander';
import { printable } from '../../format.ts';
import { withStudio } from '../../session.ts';

export function addRunsTagCommand(runs: Command): void {
  runs
    .command('tag <run> <tag...>')
    .description('Add tags to a run, or remove them.')
    .option('--remove', 'remove these tags')
    .action((text: string, tags: string[], { remove = false }: { remove?: boolean }, command: Command) =>
      withStudio(command, async ({ studio, print }) => {
        const run = await studio.runBook.find(text);
        const kept = remove ? run.tags.filter((tag) => !tags.includes(tag)) : [...new Set([...run.tags, ...tags])];
        const changed = await studio.runBook.annotate(run.id, { tags: kept });
        const words = changed.tags.length > 0 ? changed.tags.join(', ') : 'no tags';
        print({ id: changed.id, tags: changed.tags }, printable(`${changed.id} ("${changed.name}"): ${words}.`));
      }),
    );
}
