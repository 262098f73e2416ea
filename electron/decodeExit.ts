/**
 * How a job process ended, from what Electron tells of it: a status as waitpid gives it, and in another event a reason.
 */
import { constants } from 'node:os';
import type { JobExit } from '../core/studio/jobs/jobChild.ts';

export interface Gone {
  /** Of `child-process-gone`; undefined where that did not come. */
  readonly reason?: string | undefined;
  /** Whether we ended it. */
  readonly killed: boolean;
}

/**
 * @param status raw on Linux and macOS: an exit code times 256, or the number of the signal; on Windows the exit code
 * itself
 */
export function decodeExit(status: number, { reason, killed }: Gone, platform: string): JobExit {
  if (reason === 'launch-failed' || reason === 'integrity-failure')
    return {
      code: null,
      signal: null,
      startError:
        reason === 'launch-failed' ? `the system did not start it (${status})` : 'its code is not what was installed',
    };
  if (killed || reason === 'oom' || reason === 'memory-eviction') return { code: null, signal: 'SIGKILL' };
  if (platform === 'win32' || status === 0) return { code: status, signal: null };
  if (status >= 256) return { code: Math.floor(status / 256), signal: null };
  // 128 says that there is a core dump as well
  const signal = signalName(status & 0x7f);
  const died = reason === 'crashed' || reason === 'killed' || status > 128;
  return died && signal !== null ? { code: null, signal } : { code: status, signal: null };
}

function signalName(number: number): string | null {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? null;
}
