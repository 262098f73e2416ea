/**
 * Command lines run inside the test's own process: what the process would, without its start. Jobs are processes of
 * their own as ever.
 */
import { runProgram } from '../../cli/program.ts';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One at a time, as the process's own streams and exit code are looked at. */
export async function quorumCommand(dataDir: string, args: readonly string[]): Promise<Ended> {
  const written = { stdout: '', stderr: '' };
  const real = { stdout: process.stdout.write, stderr: process.stderr.write };
  const codeBefore = process.exitCode;
  for (const name of ['stdout', 'stderr'] as const)
    process[name].write = (chunk: string | Uint8Array): boolean => {
      written[name] += String(chunk);
      return true;
    };
  process.exitCode = undefined;
  try {
    await runProgram(['--data-dir', dataDir, ...args]);
    return { ...written, code: Number(process.exitCode ?? 0) };
  } finally {
    process.stdout.write = real.stdout;
    process.stderr.write = real.stderr;
    process.exitCode = codeBefore;
  }
}

/** The command's result with `--json`; throws where it fails. */
export async function quorumJson<T>(dataDir: string, args: readonly string[]): Promise<T> {
  const { stdout, stderr, code } = await quorumCommand(dataDir, [...args, '--json']);
  if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}
