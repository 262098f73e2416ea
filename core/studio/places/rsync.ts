/** Copies files to another machine and back with the system's `rsync`, over the user's own `ssh`. */
import { spawn } from 'node:child_process';
import { StudioError } from '../../../contract/errors.ts';
import type { Progress } from '../../../contract/progress.ts';
import type { SshHost } from './sshHost.ts';
import { sshProblem } from './sshProblem.ts';
import { type Answer, NOT_FOUND } from './shell.ts';

export interface RsyncOptions {
  /** Beside those that every copy has. */
  readonly flags?: readonly string[];
  /** Which files below the folder, as rsync's rules: the first that fits decides. */
  readonly rules?: readonly string[];
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** What is copied, in words. */
  readonly stage?: string;
}

/**
 * Times are kept, since they tell what has changed; links, owners and rights are not. The other side's shell reads no
 * names of files (`--protect-args`).
 */
const FLAGS = ['--recursive', '--times', '--protect-args', '--stats', '--no-human-readable', '--timeout=120'];
/** Files vanished while they were copied: a job removes checkpoints as it goes. */
const VANISHED = 24;
const PROGRESS_MS = 250;

export class Rsync {
  readonly #host: SshHost;

  constructor(host: SshHost) {
    this.#host = host;
  }

  /** The files of a folder into a folder there; how many bytes of files were not there yet. */
  async send(from: string, there: string, options: RsyncOptions = {}): Promise<number> {
    return this.#copy(`${from}/`, `${this.#host.host}:${there}/`, options);
  }

  /** The files of a folder there into a folder; how many bytes of files had changed. */
  async fetch(there: string, to: string, options: RsyncOptions = {}): Promise<number> {
    return this.#copy(`${this.#host.host}:${there}/`, `${to}/`, options);
  }

  /** Whether both sides have it: a login shell may find programs that others do not. @throws {StudioError} as `send` */
  async probe(): Promise<void> {
    const answer = await runRsync(['--list-only', this.#rsh, '--', `${this.#host.host}:/dev/null`], {});
    if (answer.code !== 0) throw this.#problem(answer);
  }

  get #rsh(): string {
    const [ssh, ...rest] = this.#host.command;
    return `--rsh=${[ssh, ...rest].map(inRemoteShell).join(' ')}`;
  }

  /** @throws {StudioError} `place.unreachable`, `place.refused`, `place.programMissing`, and as `SshHost.script` */
  async #copy(from: string, to: string, options: RsyncOptions): Promise<number> {
    const { flags = [], rules = [] } = options;
    const filters = rules.map((rule) => `--filter=${rule}`);
    const answer = await runRsync([...FLAGS, ...flags, ...filters, this.#rsh, '--', from, to], options);
    options.signal?.throwIfAborted();
    if (answer.code === 0 || answer.code === VANISHED)
      return Number(/^Total transferred file size: ([\d,.]+)/m.exec(answer.stdout)?.[1]?.replace(/\D/g, '') ?? 0);
    throw this.#problem(answer);
  }

  #problem(answer: Answer): StudioError {
    const { place, host } = this.#host;
    const { code, stderr } = answer;
    const missing = (where: string): StudioError =>
      new StudioError('place.programMissing', `There is no program rsync on ${where}.`, {
        remedy: 'Install the package rsync there, then try again.',
      });
    if (stderr.startsWith('spawn ')) return missing('this machine');
    // as the other side's shell says it; rsync may pass its code on
    if (code === NOT_FOUND || /rsync: (command )?not found|rsync: No such file/i.test(stderr))
      return missing(`"${place}" (${host})`);
    if (/is your shell clean/i.test(stderr))
      return new StudioError('place.refused', `The login shell on "${place}" prints text that rsync cannot read.`, {
        remedy: 'Let the shell’s start files print only in a terminal (see rsync’s manual: "is your shell clean").',
      });
    const said = stderr.split('\n').find((line) => line.startsWith('rsync: ')) ?? stderr.split('\n')[0] ?? '';
    if (REFUSALS.some((one) => one.test(stderr)))
      return new StudioError('place.refused', `Files cannot be copied to or from "${place}": ${said.trim()}`, {
        remedy: 'Check the data folder of the place, its rights and the free space there.',
      });
    return sshProblem(this.#host, answer);
  }
}

/** What more patience does not mend. */
const REFUSALS = [
  /No space left/i,
  /Disk quota exceeded/i,
  /(mkdir|mkstemp|opendir|open|change_dir).*Permission denied/i,
  /Read-only file system/i,
];

/** As rsync splits its `--rsh`: quotes hold a word together, and two of them are one. */
const inRemoteShell = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "''")}'`;

function runRsync(args: readonly string[], { signal, onProgress, stage = '' }: RsyncOptions): Promise<Answer> {
  return new Promise((resolve) => {
    const flags = onProgress ? ['--info=progress2'] : [];
    const child = spawn('rsync', [...flags, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LC_ALL: 'C' },
      ...(signal && { signal }),
    });
    let [stdout, stderr] = ['', ''];
    let toldAt = -Infinity;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout = (stdout + text).slice(-KEPT);
      const progress = onProgress && readProgress(text);
      if (!progress || performance.now() - toldAt < PROGRESS_MS) return;
      toldAt = performance.now();
      onProgress({ stage, ...progress });
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-KEPT);
    });
    child.once('error', (error: NodeJS.ErrnoException) => {
      resolve({ code: error.code === 'ENOENT' ? NOT_FOUND : 1, stdout, stderr: error.message });
    });
    child.once('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
}

const KEPT = 64 * 2 ** 10;

/** The last of lines such as `1234567  45%  1.23MB/s  0:00:12`. */
export function readProgress(text: string): Omit<Progress, 'stage'> | null {
  const [, bytes, percent, rate, unit, hours, minutes, seconds] =
    [...text.matchAll(/(\d+)\s+(\d+)%\s+([\d.]+)([kMGT]?)B\/s\s+(\d+):(\d\d):(\d\d)/g)].at(-1) ?? [];
  if (bytes === undefined) return null;
  const done = Number(bytes);
  return {
    done,
    total: Number(percent) === 0 ? 0 : Math.round((done * 100) / Number(percent)),
    perSec: Number(rate) * 1024 ** ['', 'k', 'M', 'G', 'T'].indexOf(unit ?? ''),
    secondsLeft: Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds),
  };
}
