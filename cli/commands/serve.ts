/**
 * `quorum serve`: the studio in a browser, for machines without a display and for whoever prefers it. It listens on one
 * address of this machine alone; there is no encryption of its own and no password, because ssh gives both and is
 * there: `--insecure-lan` is for who has neither and says so.
 */
import { type Command, Option } from 'commander';
import { StudioError } from '../../contract/errors.ts';
import { collect } from '../options/optionValues.ts';
import type { ServeOptions } from '../serve/serveStudio.ts';

const DEFAULT_PORT = 8765;

export function addServeCommand(program: Command): void {
  const command = program
    .command('serve')
    .description('Open the studio in a browser on this machine.')
    .option('--port <number>', 'port to listen on; 0: a free one', portNumber, DEFAULT_PORT)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--name <name>', 'further host name under which browsers may reach it; may be repeated', collect, [])
    .option(
      '--folder <folder>',
      'further folder that pages may read, besides your home folder; may be repeated',
      collect,
      [],
    )
    .option('--open', 'open the browser')
    .addOption(new Option('--page <folder>', 'folder of the built page, for tests').hideHelp())
    .addOption(new Option('--samples <folder>', 'folder of the samples, for tests').hideHelp())
    .option('--insecure-lan', 'allow an address that other machines can reach, without encryption')
    .action(async (options: ServeOptions, command: Command) => {
      // the web host is loaded where it is served
      const { serve } = await import('../serve/serveStudio.ts');
      await serve(options, command);
    });
  command
    .command('link')
    .description('Make a new one-time login link for the running host of this data folder.')
    .action(async (_options: unknown, link: Command) => {
      const { printLink } = await import('../serve/serveStudio.ts');
      printLink(link);
    });
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new StudioError('input.invalid', `"${text}" is no port.`, { remedy: 'Give a number from 0 to 65535.' });
  return port;
}
