/** How often something may happen: so many times within a window of time, and not once more. */
export class RateLimit {
  readonly #most: number;
  readonly #windowMs: number;
  readonly #now: () => number;
  #from = -Infinity;
  #count = 0;

  /** @param now milliseconds of a clock that never goes back */
  constructor(most: number, windowMs: number, now: () => number = () => performance.now()) {
    this.#most = most;
    this.#windowMs = windowMs;
    this.#now = now;
  }

  /** Counts one more; false when it is one too many. */
  admits(): boolean {
    const now = this.#now();
    if (now - this.#from >= this.#windowMs) {
      this.#from = now;
      this.#count = 0;
    }
    return ++this.#count <= this.#most;
  }
}

/** Messages that one window may send to its host: many times what its busiest screen does. */
export const windowMessages = (): RateLimit => new RateLimit(1000, 5000);
