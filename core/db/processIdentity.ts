/** Which process holds something, so that another process of the machine can tell whether it still lives. */
import { readFileSync } from 'node:fs';

export interface ProcessIdentity {
  readonly pid: number;
  /** Start of the process in the kernel's own units, which tells it from a later process with the same id. */
  readonly process_start: string | null;
  readonly boot_id: string | null;
}

export function identityOf(pid: number): ProcessIdentity {
  return { pid, process_start: processStart(pid), boot_id: bootId() };
}

/** Whether that process of this machine lives. */
export function livesHere({ pid, process_start, boot_id }: ProcessIdentity): boolean {
  if (boot_id !== bootId()) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const start = processStart(pid);
  return start === null || process_start === null || start === process_start;
}

/** Changes with every start of the machine; null where the kernel does not tell. */
function bootId(): string | null {
  return readText('/proc/sys/kernel/random/boot_id')?.trim() ?? null;
}

/** Field 22 of /proc/PID/stat, ticks since boot; the name in field 2 may hold spaces and brackets. */
function processStart(pid: number): string | null {
  const stat = readText(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
