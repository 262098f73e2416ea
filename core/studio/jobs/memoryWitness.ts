/** Whether memory ran out when a process was killed: the kernel says so in its counters, and to nobody else. */
import { readFileSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';

/**
 * `killed`: the kernel killed a process for memory meanwhile. `low`: nearly none was left shortly before. `enough`:
 * neither. `unknown`: this system does not tell.
 */
export type MemoryFinding = 'killed' | 'low' | 'enough' | 'unknown';

/** Share of the memory below which a machine is about to kill. */
const LOW = 0.05;
const LOOK_MS = 1000;

export class MemoryWitness {
  readonly #killsBefore = kernelKills();
  readonly #timer: NodeJS.Timeout;
  #left = 1;

  constructor() {
    this.#timer = setInterval(() => {
      this.#left = freemem() / totalmem();
    }, LOOK_MS);
    this.#timer.unref();
  }

  /** Ends the watch. */
  finding(): MemoryFinding {
    clearInterval(this.#timer);
    const kills = kernelKills();
    if (kills !== null && this.#killsBefore !== null && kills > this.#killsBefore) return 'killed';
    if (this.#left < LOW) return 'low';
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
