/** docs/cli.md, from the commands' own help. Writes the file; `npm test` checks that it is current. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { createProgram } from './program.ts';

const FILE = join(import.meta.dirname, '..', 'docs', 'cli.md');
/** Columns of the help texts, whatever the terminal. */
const WIDTH = 100;

const INTRODUCTION = `# Command line

Generated from the commands' own help by \`npm run docs:cli\`; do not edit it by hand.

Run \`npx quorum …\` in the clone. Long work shows its progress, a rate and the time left. Ctrl-C finishes the step, saves,
and ends with code 130; a second Ctrl-C ends at once. Errors go to stderr with what to do about them, and end with
code 1.
`;

/** Every command that does something, in the order of the help. */
function leaves(command: Command): Command[] {
  const inner = command.commands.flatMap(leaves);
  return inner.length === 0 || command.options.length > 0 ? [command, ...inner] : inner;
}

function fullName(command: Command): string {
  return command.parent ? `${fullName(command.parent)} ${command.name()}` : command.name();
}

function helpOf(command: Command): string {
  command.configureHelp({ helpWidth: WIDTH });
  return `\`\`\`\n${command.helpInformation().trimEnd()}\n\`\`\`\n`;
}

/** The text of docs/cli.md. */
export function cliDocs(): string {
  const program = createProgram();
  const sections = program.commands.flatMap((command) => {
    const [first, ...others] = leaves(command);
    const inner = first === command ? others : [first!, ...others];
    return [
      `## ${fullName(command)}\n`,
      first === command ? helpOf(command) : `${command.description()}\n`,
      ...inner.flatMap((one) => [`### ${fullName(one)}\n`, helpOf(one)]),
    ];
  });
  return [INTRODUCTION, helpOf(program), ...sections].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(FILE, cliDocs());
