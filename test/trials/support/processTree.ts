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

/** The most memory that was held at once, bytes. */
export interface MostMemory {
  /** By all processes. */
  readonly together: number;
  /** By one of them. */
  readonly largest: number;
}

/** Looks at a process and all below it until `end`. */
export function watchMemory(pid: number): { end: () => MostMemory } {
  let [together, largest] = [0, 0];
  const timer = setInterval(() => {
    const sizes = processTree(pid).map(residentBytes);
    together = Math.max(
      together,
      sizes.reduce((sum, bytes) => sum + bytes, 0),
    );
    largest = Math.max(largest, ...sizes);
  }, 50);
  return {
    end() {
      clearInterval(timer);
      return { together, largest };
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
