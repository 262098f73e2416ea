/** What it means that ssh ended without doing what it was asked: cause and remedy. */
import { type ErrorCode, StudioError } from '../../../contract/errors.ts';
import { type Answer, TIMED_OUT } from './shell.ts';

/** A machine, and the name it has as a place. */
export interface Reached {
  readonly place: string;
  readonly host: string;
}

interface Problem {
  readonly said: RegExp;
  readonly code: ErrorCode;
  readonly what: (reached: Reached) => string;
  readonly remedy: (reached: Reached) => string;
}

const PROBLEMS: readonly Problem[] = [
  {
    said: /REMOTE HOST IDENTIFICATION HAS CHANGED|Host key for .* has changed/,
    code: 'place.hostKey',
    what: ({ host }) => `The host key of ${host} has changed since this machine first connected to it.`,
    remedy: ({ host }) =>
      'Ask the administrator of that machine whether its key was renewed. If so, remove the old key with ' +
      `\`ssh-keygen -R\` and connect once with \`ssh ${host}\`.`,
  },
  {
    said: /Host key verification failed|No \S+ host key is known/,
    code: 'place.hostKey',
    what: ({ host }) => `The host key of ${host} is not known on this machine.`,
    remedy: ({ host }) => `Connect once in a terminal with \`ssh ${host}\`, compare the fingerprint and accept it.`,
  },
  {
    said: /Permission denied|Too many authentication failures|No supported authentication methods/,
    code: 'place.keyRefused',
    what: ({ host }) => `${host} refuses the SSH key of this machine.`,
    remedy: ({ host }) =>
      `Add the key there with \`ssh-copy-id ${host}\`, or load it into the agent with \`ssh-add\`. ` +
      'Quorum asks for no password: `ssh` must connect without one.',
  },
];

/** The error of the place; what ssh said is part of it. */
export function sshProblem(reached: Reached, { code, stderr }: Answer): StudioError {
  const problem = PROBLEMS.find(({ said }) => said.test(stderr));
  const said = lastLines(stderr);
  if (problem)
    return new StudioError(problem.code, `${problem.what(reached)} (ssh: ${said})`, {
      remedy: problem.remedy(reached),
    });
  const why = code === TIMED_OUT ? 'it did not answer in time' : said || 'the connection was closed';
  return new StudioError('place.unreachable', `"${reached.place}" (${reached.host}) cannot be reached: ${why}.`, {
    remedy: `Check the network, and that \`ssh ${reached.host}\` connects in a terminal.`,
  });
}

const MOST_CHARACTERS = 300;

/** What is worth reading: ssh frames a changed key in two dozen lines. */
function lastLines(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('rsync'));
  return (lines.at(-1) ?? '')
    .replace(/^ssh: /, '')
    .replace(/\.$/, '')
    .slice(0, MOST_CHARACTERS);
}
