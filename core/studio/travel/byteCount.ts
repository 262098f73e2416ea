/** How many bytes of a known number have been dealt with, told a few times a second. */
import type { OnProgress } from '../../../contract/progress.ts';

const TELL_MS = 250;

export class ByteCount {
  readonly #stage: string;
  readonly #total: number;
  readonly #onProgress: OnProgress | undefined;
  readonly #beganAt = performance.now();
  #done = 0;
  #toldAt = -Infinity;

  constructor(stage: string, total: number, onProgress: OnProgress | undefined) {
    this.#stage = stage;
    this.#total = total;
    this.#onProgress = onProgress;
  }

  add(bytes: number): void {
    this.reach(this.#done + bytes);
  }

  reach(done: number): void {
    this.#done = done;
    const now = performance.now();
    if (!this.#onProgress || now - this.#toldAt < TELL_MS) return;
    this.#toldAt = now;
    const perSec = (1000 * done) / Math.max(1, now - this.#beganAt);
    const secondsLeft = perSec > 0 ? (this.#total - done) / perSec : null;
    this.#onProgress({ stage: this.#stage, done, total: this.#total, perSec, secondsLeft });
  }
}
