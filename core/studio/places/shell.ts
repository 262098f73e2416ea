/** Programs of a place, started by their names and arguments: no shell of this machine reads them. */
import { execFile } from 'node:child_process';

export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; `input` is what it reads. The code is 127 where there is no such program. */
export type Shell = (command: readonly [program: string, ...args: string[]], input?: string) => Promise<Answer>;

const PATIENCE_MS = 60_000;
const MOST_BYTES = 256 * 2 ** 20;
/** As shells say that there is no such program. */
export const NOT_FOUND = 127;
/** As `timeout` and many schedulers say it. */
export const TIMED_OUT = 124;

/** Ends what takes longer. */
export const shellWith =
  (patienceMs: number): Shell =>
  ([program, ...args], input = '') =>
    new Promise((resolve) => {
      const options = { timeout: patienceMs, maxBuffer: MOST_BYTES };
      const child = execFile(program, args, options, (error, stdout, stderr) => {
        if (!error) return resolve({ code: 0, stdout, stderr });
        if (error.code === 'ENOENT')
          return resolve({ code: NOT_FOUND, stdout, stderr: `${program}: command not found` });
        const code = error.killed ? TIMED_OUT : Number(error.code);
        resolve({ code: Number.isInteger(code) ? code : 1, stdout, stderr: stderr || error.message });
      });
      // a program that is gone reads nothing
      child.stdin?.on('error', () => undefined).end(input);
    });

export const shellHere: Shell = shellWith(PATIENCE_MS);
