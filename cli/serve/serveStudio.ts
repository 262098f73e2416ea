/** The studio served in a browser until a Ctrl-C, and login links for it: what `quorum serve` does. */
import { spawn } from 'node:child_process';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { StudioError } from '../../contract/errors.ts';
import { openRendererFiles } from '../../core/studio/host/rendererFiles.ts';
import { openStudioHost, samplesFolder, type StudioHost } from '../../core/studio/host/studioHost.ts';
import { defaultDataDir, studioPaths } from '../../core/studio/records/paths.ts';
import { forkJob } from '../forkJob.ts';
import { CODE_SECONDS, digest, newSecret } from './sessions.ts';
import { SessionStore } from './sessionStore.ts';
import { launchUrl, openWebHost } from './webHost.ts';
import packageCard from '../../package.json' with { type: 'json' };

const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];

export interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly name: string[];
  readonly folder: string[];
  readonly open?: boolean;
  readonly insecureLan?: boolean;
  readonly page?: string;
  readonly samples?: string;
}

/** Prints a new one-time login link for the running host. @throws {StudioError} `input.invalid`: there is none */
export function printLink(command: Command): void {
  const { dataDir, json = false } = command.optsWithGlobals<{ dataDir?: string; json?: boolean }>();
  const folder = resolve(dataDir ?? defaultDataDir());
  const store = new SessionStore(studioPaths(folder).webHost);
  const host = store.runningHost();
  if (!host)
    throw new StudioError('input.invalid', `No studio is served on ${folder}.`, { remedy: 'Start one: quorum serve' });
  const code = newSecret();
  store.addLink(digest(code), Date.now() + 1000 * CODE_SECONDS);
  const url = launchUrl(host.url, code);
  process.stdout.write(json ? `${JSON.stringify({ url })}\n` : `Quorum: ${url}\n`);
}

/** Serves until a Ctrl-C. @throws {StudioError} `input.invalid`: that address or port cannot be had */
export async function serve(options: ServeOptions, command: Command): Promise<void> {
  const { dataDir, json = false } = command.optsWithGlobals<{ dataDir?: string; json?: boolean }>();
  requireOwnMachine(options);
  const appRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
  const say = (text: string): void => {
    process.stderr.write(`${text}\n`);
  };
  const host = await openStudioHost({
    dataDir: resolve(dataDir ?? defaultDataDir()),
    fork: forkJob,
    kind: 'web',
    version: packageCard.version,
    roots: [...options.folder, homedir()],
    samplesDir: options.samples ?? samplesFolder(appRoot),
  });
  const onFault = (error: unknown): void =>
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  const web = await openWebHost({
    host,
    address: options.host === 'localhost' ? '127.0.0.1' : options.host,
    port: options.port,
    names: namesOf(options),
    renderer: await openRendererFiles(options.page ?? join(appRoot, 'dist', 'renderer')),
    onFault,
    onNotice: say,
  }).catch(async (error: unknown) => {
    await host.close();
    throw error;
  });
  // what went wrong in one place must not end what trains in another
  process.on('unhandledRejection', onFault);
  const url = web.launchUrl();
  process.stdout.write(json ? `${JSON.stringify({ url, port: web.port })}\n` : `Quorum: ${url}\n`);
  if (!json) sayHowToUse(host, say);
  if (options.insecureLan) say('Warning: not encrypted. Whoever can read this network can take over the session.');
  if (options.open) openBrowser(url);
  const newLink = (): void => {
    process.stdout.write(`Quorum: ${web.launchUrl()}\n`);
  };
  if (process.stdin.isTTY) process.stdin.on('data', newLink);
  await untilInterrupted(async (again) => {
    const { training } = await host.busy();
    if (training.length > 0)
      say(
        `Ending: ${training.map((name) => `"${name}"`).join(', ')} finish their step and are ` +
          'saved. Ctrl-C again ends at once.',
      );
    again();
  });
  process.stdin.removeListener('data', newLink);
  process.stdin.pause();
  await web.close();
  await host.close();
}

function sayHowToUse(host: StudioHost, say: (text: string) => void): void {
  const again = process.stdin.isTTY
    ? ' Enter makes a new one, as quorum serve link does;'
    : ' A new one: quorum serve link.';
  say(`The link logs one browser in, once.${again} Ctrl-C ends the studio.`);
  const folders = host.roots.list().map(({ path }) => path);
  say(`Pages may look into ${folders.join(', ')} (more: --folder).`);
}

/**
 * Only whoever sits at this machine reaches it, unless told otherwise.
 * @throws {StudioError} `input.invalid`
 */
function requireOwnMachine({ host, port, insecureLan }: ServeOptions): void {
  if (LOOPBACK.includes(host) || insecureLan) return;
  throw new StudioError(
    'input.invalid',
    `${host} can be reached from other machines, and the connection would not be encrypted.`,
    {
      remedy:
        `Better: ssh -L ${port}:127.0.0.1:${port} from the other machine. Or add ` +
        '--insecure-lan if the network is yours alone.',
    },
  );
}

/** Resolves at the first Ctrl-C or TERM; after `again` was called the next one ends the process. */
function untilInterrupted(onFirst: (again: () => void) => Promise<void>): Promise<void> {
  return new Promise((done) => {
    let count = 0;
    const heard = (): void => {
      if (++count > 1) process.exit(130);
      void onFirst(() => done()).catch(() => done());
    };
    process.on('SIGINT', heard);
    process.on('SIGTERM', heard);
  });
}

function namesOf({ host, name }: ServeOptions): string[] {
  const own =
    LOOPBACK.includes(host) || host === '0.0.0.0' || host === '::' ? [] : [host.includes(':') ? `[${host}]` : host];
  return [...name, ...own].map((text) => text.toLowerCase());
}

/** The desktop's own way to open an address; without one the printed link does. */
function openBrowser(url: string): void {
  const [program, ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['cmd', '/c', 'start', '', url]
        : ['xdg-open', url];
  const child = spawn(program ?? '', args, { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}
