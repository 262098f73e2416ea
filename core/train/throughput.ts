/**
 * Images a second, and what part of the time went by waiting for data: of the last seconds for display, of all steps
 * but the first (which compiles) for the record.
 */
const WINDOW_MS = 5000;
/** Steps that tell how much they vary. */
const PACE_STEPS = 50;
/** A slow step takes so many times as long as a quick one. */
const UNSTEADY = 3;

export interface Pace {
  readonly quickMs: number;
  readonly slowMs: number;
}

export class Throughput {
  readonly #recent: { images: number; ms: number }[] = [];
  #images = 0;
  #ms = 0;
  #waitedMs = 0;
  #steps = 0;
  /** Of the last steps' computing. */
  #stepMs: number[] = [];

  /** One step: `waitedMs` until its batch was there, `stepMs` for computing. */
  add(images: number, stepMs: number, waitedMs: number): void {
    const ms = waitedMs + stepMs;
    this.#stepMs = [...this.#stepMs.slice(1 - PACE_STEPS), stepMs];
    if (this.#steps++ > 0) {
      this.#images += images;
      this.#ms += ms;
      this.#waitedMs += waitedMs;
    }
    this.#recent.push({ images, ms });
    let kept = this.#recent.reduce((n, r) => n + r.ms, 0);
    while (this.#recent.length > 1 && kept > WINDOW_MS) kept -= this.#recent.shift()?.ms ?? 0;
  }

  recent(): number {
    const ms = this.#recent.reduce((n, r) => n + r.ms, 0);
    return ms > 0 ? (1000 * this.#recent.reduce((n, r) => n + r.images, 0)) / ms : 0;
  }

  /**
   * A quick and a slow step among the last ones (10th and 90th percentile), where they differ wildly although all steps
   * compute the same; null where they do not, or there are too few of them.
   */
  unsteady(): Pace | null {
    if (this.#stepMs.length < PACE_STEPS) return null;
    const sorted = this.#stepMs.toSorted((a, b) => a - b);
    const at = (share: number): number => sorted[Math.floor(share * sorted.length)]!;
    const pace = { quickMs: at(0.1), slowMs: at(0.9) };
    return pace.slowMs > UNSTEADY * pace.quickMs ? pace : null;
  }

  /** Share of the time, 0–1, in which a step waited for its batch; null until something is measured. */
  waiting(): number | null {
    return this.#ms > 0 ? this.#waitedMs / this.#ms : null;
  }

  average(): number {
    return this.#ms > 0 ? (1000 * this.#images) / this.#ms : this.recent();
  }

  /** Null until something is measured. */
  secondsFor(images: number): number | null {
    const rate = this.recent();
    return rate > 0 ? images / rate : null;
  }
}
