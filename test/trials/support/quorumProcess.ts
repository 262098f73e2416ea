/** The program as a process of its own, which can be killed, starved and lied to. */
import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, inject } from 'vitest';

/** What a test that failed has left running. */
const started = new Set<ChildProcess>();
afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
});

const MAIN = inject('commandLine');

export interface QuorumProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  /** All that it has printed so far. */
  output(): string;
  /** Once it is gone, and what it printed has arrived; null where a signal ended it. */
  readonly ended: Promise<number | null>;
}

/** @param through a program that becomes the one after it, with its options: `prlimit --nofile=24` */
export function startQuorum(
  dataDir: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  through: readonly string[] = [],
): QuorumProcess {
  const [program, ...before] = [...through, process.execPath];
  const child = spawn(program, [...before, MAIN, '--data-dir', dataDir, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.add(child);
  child.on('exit', () => started.delete(child));
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', (code) => resolve(code));
  });
  return { child, pid: child.pid ?? -1, output: () => output, ended };
}

/** The output of a command that succeeds. */
export async function quorum(
  dataDir: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const started = startQuorum(dataDir, args, env);
  const code = await started.ended;
  if (code !== 0) throw new Error(`quorum ${args.join(' ')} ended with ${code}: ${started.output()}`);
  return started.output();
}

/** A web host and the link that logs in. */
export async function serve(
  dataDir: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<QuorumProcess & { readonly url: string }> {
  const host = startQuorum(dataDir, ['serve', '--port', '0', ...args, '--json'], env);
  await until(() => /"url":"([^"]+)"/.test(host.output()) || host.child.exitCode !== null);
  const url = /"url":"([^"]+)"/.exec(host.output())?.[1];
  if (url === undefined) throw new Error(`the host did not open: ${host.output()}`);
  return { ...host, url };
}

/** Asks again and again; the test's own timeout ends what never comes. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(50);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
