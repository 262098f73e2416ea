/** Another machine, reached by the user's own OpenSSH: its configuration, keys, agent and connections. */
import { randomUUID } from 'node:crypto';
import { StudioError } from '../../../contract/errors.ts';
import type { SshOptions } from '../../../contract/place.ts';
import { quoted } from './quoted.ts';
import { type Answer, NOT_FOUND, type Shell, shellHere, TIMED_OUT } from './shell.ts';
import { sshProblem } from './sshProblem.ts';

/** Nobody is there to answer questions, and a connection that is dead is noticed within a minute. */
const OPTIONS = {
  BatchMode: 'yes',
  LogLevel: 'ERROR',
  ConnectTimeout: '20',
  ServerAliveInterval: '15',
  ServerAliveCountMax: '3',
  ClearAllForwardings: 'yes',
  ForwardAgent: 'no',
  ForwardX11: 'no',
  RemoteCommand: 'none',
  RequestTTY: 'no',
} as const;
/** All that the other side's login shell, whichever it is, ever reads. */
const REMOTE_COMMAND = 'bash -l -s';
/** Where ssh itself fails. */
const SSH_FAILED = 255;

export class SshHost {
  /** Name of the place. */
  readonly place: string;
  readonly host: string;
  readonly #configFile: string | null;

  constructor(place: string, { host, configFile }: SshOptions) {
    this.place = place;
    this.host = host;
    this.#configFile = configFile;
  }

  /** `ssh` with its options, up to the host's name. */
  get command(): [program: string, ...args: string[]] {
    const config = this.#configFile === null ? [] : ['-F', this.#configFile];
    return ['ssh', ...config, ...Object.entries(OPTIONS).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
  }

  /** Runs a program there. @throws {StudioError} as `script` */
  readonly shell: Shell = (command, input = '') => {
    const words = command.map(quoted).join(' ');
    return this.script(input === '' ? words : `printf %s ${quoted(input)} | ${words}`);
  };

  /**
   * Runs a script in a login shell there, bash, which gets it on its standard input: a connection that is cut before it
   * arrived whole runs nothing of it. What the shell's start files print is left out.
   * @throws {StudioError} `place.unreachable`, `place.hostKey`, `place.keyRefused`, `place.programMissing`
   */
  async script(text: string, run: Shell = shellHere): Promise<Answer> {
    const mark = `quorum-${randomUUID()}`;
    const whole = `{\nprintf '%s\\n' ${mark}\nprintf '%s\\n' ${mark} >&2\n{\n${text}\n} </dev/null\nexit\n}\n`;
    const [program, ...args] = this.command;
    const answer = await run([program, ...args, '--', this.host, REMOTE_COMMAND], whole);
    const [stdout, stderr] = [behind(mark, answer.stdout), behind(mark, answer.stderr)];
    if (answer.code === SSH_FAILED || answer.code === TIMED_OUT) throw sshProblem(this, answer);
    if (stdout === null) {
      if (answer.code === NOT_FOUND) throw this.#missing(answer.stderr);
      throw sshProblem(this, answer);
    }
    return { code: answer.code, stdout, stderr: stderr ?? answer.stderr };
  }

  #missing(stderr: string): StudioError {
    const here = stderr.startsWith('ssh:');
    return new StudioError(
      'place.programMissing',
      here ? 'There is no program ssh on this machine.' : `There is no program bash on "${this.place}".`,
      { remedy: here ? 'Install the OpenSSH client, then try again.' : 'Install bash there, then try again.' },
    );
  }
}

function behind(mark: string, text: string): string | null {
  const at = text.indexOf(`${mark}\n`);
  return at < 0 ? null : text.slice(at + mark.length + 1);
}
