/** Whether memory ran out when a process was killed: the kernel says so in its counters, and to nobody else. */
import { readFileSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';
import { processLimit } from '../../files/processLimits.ts';

/**
 * `killed`: the kernel killed a process for memory meanwhile. `low`: nearly none was left shortly before. `limited`:
 * the process came near a limit of its own. `enough`: none of these. `unknown`: this system does not tell.
 */
export type MemoryFinding = 'killed' | 'low' | 'limited' | 'enough' | 'unknown';

/** Share of the memory below which a machine is about to kill. */
const LOW = 0.05;
/** Share of its own limit from which a process may have met it: a step asks for much at once, between two looks. */
const NEAR_LIMIT = 0.5;
const LOOK_MS = 1000;

export class MemoryWitness {
  readonly #killsBefore = kernelKills();
  readonly #timer: NodeJS.Timeout;
  #left = 1;
  #shareOfLimit = 0;

  /** @param pidOf the process that is watched, once it is there */
  constructor(pidOf: () => number | undefined) {
    this.#timer = setInterval(() => {
      this.#left = freemem() / totalmem();
      const pid = pidOf();
      if (pid !== undefined) this.#shareOfLimit = Math.max(this.#shareOfLimit, shareOfLimit(pid));
    }, LOOK_MS);
    this.#timer.unref();
  }

  /** Ends the watch. */
  finding(): MemoryFinding {
    clearInterval(this.#timer);
    const kills = kernelKills();
    if (kills !== null && this.#killsBefore !== null && kills > this.#killsBefore) return 'killed';
    if (this.#left < LOW) return 'low';
    if (this.#shareOfLimit > NEAR_LIMIT) return 'limited';
    return kills === null ? 'unknown' : 'enough';
  }
}

/**
 * Processes killed for memory since the machine started, in this container or any other; null where the kernel does not
 * count them.
 */
function kernelKills(): number | null {
  try {
    const found = /^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'utf8'));
    return found ? Number(found[1]) : null;
  } catch {
    return null;
  }
}

/** What the process uses of its limits (ulimit -d, ulimit -v), the larger share; 0 without a limit. */
function shareOfLimit(pid: number): number {
  const limits = { VmData: processLimit('data', pid), VmSize: processLimit('addressSpace', pid) };
  if (limits.VmData === null && limits.VmSize === null) return 0;
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const shares = Object.entries(limits).map(([name, limit]) => {
      const kibibytes = Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0);
      return limit === null ? 0 : (kibibytes * 1024) / limit;
    });
    return Math.max(...shares);
  } catch {
    return 0;
  }
}
