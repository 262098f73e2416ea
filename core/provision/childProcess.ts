/**
 * Runs one outside program to its end: no shell, no input, output kept, ended with everything it started when asked to.
 */
import { spawn } from 'node:child_process';

export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Of each stream the last characters are kept: enough for any error message, however much a program writes. */
const KEPT_CHARACTERS = 200_000;

/**
 * @returns null when there is no such program (or it may not be executed).
 * @throws the signal's reason when aborted.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; signal?: AbortSignal; timeoutMs?: number } = {},
): Promise<Finished | null> {
  const { cwd, env, signal, timeoutMs } = options;
  signal?.throwIfAborted();
  const ownGroup = process.platform !== 'win32';
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: ownGroup,
      windowsHide: true,
    });
    let stdout = '';
    let stderr = '';
    // a program that could not be started has no streams
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout = (stdout + text).slice(-KEPT_CHARACTERS);
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-KEPT_CHARACTERS);
    });
    const end = (): void => {
      try {
        if (ownGroup && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
        else child.kill('SIGKILL');
      } catch {
        /* it has ended in the meantime */
      }
    };
    // a program of its own group outlives us unless it is taken along
    process.once('exit', end);
    signal?.addEventListener('abort', end, { once: true });
    const timer = timeoutMs === undefined ? undefined : setTimeout(end, timeoutMs);
    const settle = (): void => {
      clearTimeout(timer);
      process.removeListener('exit', end);
      signal?.removeEventListener('abort', end);
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      settle();
      if (error.code === 'ENOENT' || error.code === 'EACCES' || error.code === 'ENOTDIR') resolve(null);
      else reject(error);
    });
    child.once('close', (exitCode) => {
      settle();
      if (signal?.aborted) reject(signal.reason as Error);
      else resolve({ exitCode, stdout, stderr });
    });
  });
}

/** The last lines of a program's output, for an error's details. */
export function lastLines(text: string, count = 12): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
