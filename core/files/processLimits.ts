/** Limits that a shell or a system has set for a process and those that it starts (ulimit). */
import { readFileSync } from 'node:fs';

const NAMES = { fileSize: 'Max file size', addressSpace: 'Max address space', data: 'Max data size' } as const;

/** Bytes, of this process or another one; null where there is no limit, or the system does not tell. */
export function processLimit(of: keyof typeof NAMES, pid: number | 'self' = 'self'): number | null {
  try {
    const line = readFileSync(`/proc/${pid}/limits`, 'utf8')
      .split('\n')
      .find((one) => one.startsWith(NAMES[of]));
    const bytes = Number(line?.slice(NAMES[of].length).trim().split(/\s+/)[0]);
    return Number.isFinite(bytes) ? bytes : null;
  } catch {
    return null;
  }
}
