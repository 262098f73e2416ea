/**
 * Watches a training process grow: what leaks a little each step fills any memory in the end, and a fresh process from
 * the last checkpoint does not.
 */
import { formatMebibytes } from '../../pure/bytes.ts';

export interface MemoryReading {
  /** Alive outside of the engine's sessions. */
  readonly tensors: number;
  readonly rssBytes: number;
}

export interface GrowthLimits {
  readonly tensors: number;
  readonly rssBytes: number;
}

/** Resident memory may grow by half of what it was after the first epoch, and by this much in any case. */
const LEAST_GROWTH_BYTES = 2 ** 30;
const MOST_TENSORS = 1000;

export class MemoryGuard {
  readonly #read: () => MemoryReading;
  readonly #limits: Partial<GrowthLimits>;
  #baseline: MemoryReading | null = null;

  /**
   * `limits`: growth that is still fine; left out, 1,000 tensors and the larger of 1 GiB and half of the first reading.
   */
  constructor(read: () => MemoryReading, limits: Partial<GrowthLimits> = {}) {
    this.#read = read;
    this.#limits = limits;
  }

  /**
   * The first call takes the measure, after everything that a process sets up once; later ones say in words what has
   * grown beyond the limits, else null.
   */
  check(): string | null {
    const now = this.#read();
    const first = (this.#baseline ??= now);
    if (first === now) return null;
    const { tensors = MOST_TENSORS, rssBytes = Math.max(LEAST_GROWTH_BYTES, first.rssBytes / 2) } = this.#limits;
    if (now.tensors - first.tensors > tensors)
      return `${now.tensors - first.tensors} more tensors are alive than after the first epoch of this process`;
    if (now.rssBytes - first.rssBytes > rssBytes)
      return (
        `its memory grew from ${formatMebibytes(first.rssBytes)} to ${formatMebibytes(now.rssBytes)} since the ` +
        'first epoch of this process'
      );
    return null;
  }
}
