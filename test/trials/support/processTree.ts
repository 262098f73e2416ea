/** Processes as /proc shows them: whose children they are, and what memory they take. */
import { readdirSync, readFileSync } from 'node:fs';

/** `pid` and everything that it started, directly or not. */
export function processTree(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const parent = /^\d+$/.test(name) ? parentOf(Number(name)) : null;
    if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const below = (of: number): number[] => [of, ...(children.get(of) ?? []).flatMap(below)];
  return below(pid);
}

/** Not as a zombie either. */
export function isThere(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`);
  return stat !== null && stat.slice(stat.lastIndexOf(')') + 2)[0] !== 'Z';
}

/** Looks at a process and all below it until `end`, which gives the most that they held at once, in bytes. */
export function watchMemory(pid: number): { end: () => number } {
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(
      most,
      processTree(pid).reduce((sum, one) => sum + residentBytes(one), 0),
    );
  }, 50);
  return {
    end() {
      clearInterval(timer);
      return most;
    },
  };
}

function residentBytes(pid: number): number {
  return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1] ?? 0);
}

function parentOf(pid: number): number | null {
  const stat = read(`/proc/${pid}/stat`);
  return stat === null ? null : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
