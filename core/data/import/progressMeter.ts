/** Turns counts into progress with rate and time left, a few times a second. */
import type { OnProgress } from '../../../contract/progress.ts';

const INTERVAL_MS = 250;

export class ProgressMeter {
  readonly #stage: string;
  readonly #total: number;
  readonly #onProgress: OnProgress | undefined;
  readonly #startMs = performance.now();
  #lastMs = 0;
  #done = 0;

  constructor(stage: string, total: number, onProgress: OnProgress | undefined) {
    this.#stage = stage;
    this.#total = total;
    this.#onProgress = onProgress;
    this.#send(0);
  }

  /** Reports `done` units; the last one is always sent, others at most four times a second. */
  update(done: number): void {
    this.#done = done;
    if (done >= this.#total || performance.now() - this.#lastMs >= INTERVAL_MS) this.#send(done);
  }

  /** As `update`, with `more` units than before. */
  add(more: number): void {
    this.update(this.#done + more);
  }

  #send(done: number): void {
    this.#lastMs = performance.now();
    const seconds = (this.#lastMs - this.#startMs) / 1000;
    const perSec = seconds > 0 ? done / seconds : 0;
    this.#onProgress?.({
      stage: this.#stage,
      done,
      total: this.#total,
      perSec,
      secondsLeft: perSec > 0 ? (this.#total - done) / perSec : null,
    });
  }
}
