/** Every command line that a document shows is one that the program takes: its name, its options, their values. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommanderError, type Command } from 'commander';
import { expect, test } from 'vitest';
import { createProgram } from '../../../cli/program.ts';

const root = join(import.meta.dirname, '../../..');
const documents = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => /^(docs\/|[^/]+\.md$)/.test(file))
  // made from the program itself, with its placeholders; what older versions took
  .filter((file) => file !== 'docs/cli.md' && file !== 'CHANGELOG.md');

/** At the start of a line of a code block, or between backticks. */
const COMMAND = /(?:^|`)(?:npx )?quorum ([^`\n]+)/gm;

function commandsIn(file: string): string[] {
  return [...readFileSync(join(root, file), 'utf8').matchAll(COMMAND)]
    .map(([, line]) => line!.replace(/\s+#.*$/, '').trim())
    .filter((line) => line !== '…');
}

/** As a shell splits it. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!);
}

/** Reads command lines and runs none. */
function withoutActions(command: Command): Command {
  command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  command.action(() => undefined);
  command.commands.forEach(withoutActions);
  return command;
}

const shown = documents.flatMap((file) => commandsIn(file).map((line) => ({ file, line })));

test('documents show commands', () => {
  expect(shown.length).toBeGreaterThan(50);
});

test.each(shown)('$file: quorum $line', async ({ line }) => {
  const words = wordsOf(line);
  const program = withoutActions(createProgram());
  const refused = await program.parseAsync(words, { from: 'user' }).then(
    () => null,
    (error: unknown) => (error instanceof CommanderError ? error.message : String(error)),
  );
  // a command that is only named, without what it works on
  expect(refused?.startsWith('error: missing required argument') ? null : refused).toBeNull();
});
