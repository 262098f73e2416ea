/** Node's own options for a job process, the same for every host that starts one. */
import { StudioError } from '../../../contract/errors.ts';

/**
 * A port of this machine: job processes stop at their first line until a debugger attaches there. `0` takes a free port
 * for each.
 */
const INSPECT_VARIABLE = 'QUORUM_INSPECT_JOB';
const LARGEST_PORT = 65_535;

/**
 * Options for a job process with the environment `env`.
 * @throws {StudioError} `input.invalid`: QUORUM_INSPECT_JOB is no port
 */
export function jobNodeOptions(env: Readonly<Record<string, string | undefined>>): string[] {
  const options = ['--disable-warning=ExperimentalWarning'];
  const port = inspectPort(env);
  // never another address than this machine's own: whoever attaches runs code in the process
  if (port !== null) options.push(`--inspect-brk=127.0.0.1:${port}`);
  return options;
}

/** Whether job processes are debugged: one that stands still is then no fault. */
export function jobsAreInspected(env: Readonly<Record<string, string | undefined>>): boolean {
  return inspectPort(env) !== null;
}

function inspectPort(env: Readonly<Record<string, string | undefined>>): number | null {
  const text = env[INSPECT_VARIABLE];
  if (text === undefined || text === '') return null;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= LARGEST_PORT) return port;
  throw new StudioError('input.invalid', `${INSPECT_VARIABLE} is "${text}", which is not a port.`, {
    remedy: 'Set it to a port such as 9230, or to 0 for a free one.',
  });
}
