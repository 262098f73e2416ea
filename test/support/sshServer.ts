/**
 * A real SSH server on loopback, with keys of its own in a folder of its own; whoever connects is the user of the test.
 * Needs OpenSSH's server and rsync; no root.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noSsh, SSHD } from '../../build/testPrograms/ssh.mjs';
import { cacheFolder } from '../../core/provision/cacheFolder.ts';
import { until } from './slurmCluster.ts';

export const NO_SSH = noSsh();
/** As the configurations call the server. */
export const DESK = 'desk';

export interface SshServer {
  readonly folder: string;
  /** A configuration of ssh that connects. */
  readonly config: string;
  /** Others, which do not. */
  readonly wrong: { readonly key: string; readonly hostKey: string; readonly changed: string; readonly port: string };
  /** Ends every session and the server: as if its machine lost the network, what was started there goes on. */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** @param env what sessions have in their environment */
export async function startSsh(env: Readonly<Record<string, string>> = {}): Promise<SshServer> {
  const folder = mkdtempSync(join(tmpdir(), 'quorum-ssh-'));
  const path = (name: string): string => join(folder, name);
  for (const name of ['host', 'user', 'other'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path(name)]);
  const publicKey = (name: string): string =>
    readFileSync(path(`${name}.pub`), 'utf8')
      .split(' ', 2)
      .join(' ');
  const port = await freePort();
  writeFileSync(path('authorized'), `${publicKey('user')}\n`, { mode: 0o600 });
  writeFileSync(path('known'), `[127.0.0.1]:${port} ${publicKey('host')}\n`);
  writeFileSync(path('changed'), `[127.0.0.1]:${port} ${publicKey('other')}\n`);
  writeFileSync(path('sshd_config'), serverConfig(folder, port, env));
  const config = (name: string, key: string, known: string, at = port): string => {
    const lines = [`HostName 127.0.0.1`, `Port ${at}`, `IdentityFile ${path(key)}`, `UserKnownHostsFile ${known}`];
    writeFileSync(
      path(name),
      [`Host ${DESK}`, ...lines, 'IdentitiesOnly yes', 'GlobalKnownHostsFile /dev/null', ''].join('\n'),
    );
    return path(name);
  };
  let server: ChildProcess | null = null;
  const start = async (): Promise<void> => {
    // run by root, sshd asks for this folder
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
    server = spawn(SSHD, ['-D', '-f', path('sshd_config'), '-E', path('log')], { stdio: 'ignore' });
    await until(() => answers(port));
  };
  const stop = async (): Promise<void> => {
    const listening = server;
    server = null;
    if (listening?.pid === undefined) return;
    const sessions = sessionsOf(listening.pid);
    const gone = new Promise((resolve) => listening.once('exit', resolve));
    listening.kill('SIGKILL');
    await gone;
    for (const pid of sessions) spawnSync('kill', ['-KILL', String(pid)]);
  };
  await start();
  return {
    folder,
    config: config('config', 'user', path('known')),
    wrong: {
      key: config('wrongKey', 'other', path('known')),
      hostKey: config('unknownHost', 'user', '/dev/null'),
      changed: config('changedHost', 'user', path('changed')),
      port: config('noServer', 'user', path('known'), await freePort()),
    },
    start,
    stop,
    async close() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Its processes for each connection, and theirs; none of what was started in a session. */
function sessionsOf(pid: number): number[] {
  const found = spawnSync('pgrep', ['-x', 'sshd', '-P', String(pid)], { encoding: 'utf8' }).stdout.trim();
  return found
    .split('\n')
    .filter(Boolean)
    .map(Number)
    .flatMap((child) => [child, ...sessionsOf(child)]);
}

function serverConfig(folder: string, port: number, env: Readonly<Record<string, string>>): string {
  // of the user's own start files nothing is wanted
  const own = { HOME: folder, QUORUM_CACHE: cacheFolder(), ...env };
  const variables = Object.entries(own).map(([name, value]) => `"${name}=${value}"`);
  return [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(folder, 'host')}`,
    `AuthorizedKeysFile ${join(folder, 'authorized')}`,
    'PidFile none',
    // the folder of the test lies below one that everybody may write to
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'MaxStartups 100',
    `SetEnv ${variables.join(' ')}`,
    '',
  ].join('\n');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
