/** Rate and time left of work that is counted in bytes. */
import type { InstallProgress } from '../../contract/engine.ts';

/** Over this span the rate is taken: short enough to follow the network, long enough not to flicker. */
const RATE_WINDOW_MS = 5000;

export type ProgressListener = (progress: InstallProgress) => void;

/**
 * One stage's progress; `report` may be called as often as one likes, the listener hears of it five times a second at
 * most.
 */
export class StageProgress {
  readonly #stage: InstallProgress['stage'];
  readonly #label: string;
  readonly #total: number;
  readonly #listener: ProgressListener | undefined;
  readonly #clock: () => number;
  readonly #samples: { atMs: number; done: number }[] = [];
  #reportedAtMs = -Infinity;
  #complete = false;

  constructor(
    stage: InstallProgress['stage'],
    label: string,
    total: number,
    listener: ProgressListener | undefined,
    clock: () => number = () => performance.now(),
  ) {
    this.#stage = stage;
    this.#label = label;
    this.#total = total;
    this.#listener = listener;
    this.#clock = clock;
    this.report(0);
  }

  /** @param done bytes done so far. */
  report(done: number): void {
    const now = this.#clock();
    if (this.#complete) return;
    this.#complete = this.#total > 0 && done >= this.#total;
    if (now - this.#reportedAtMs < 200 && !this.#complete) return;
    this.#reportedAtMs = now;
    this.#samples.push({ atMs: now, done });
    while (this.#samples.length > 2 && now - (this.#samples[0]?.atMs ?? now) > RATE_WINDOW_MS) this.#samples.shift();
    const first = this.#samples[0];
    const spanMs = first ? now - first.atMs : 0;
    const perSec = first && spanMs > 0 ? ((done - first.done) / spanMs) * 1000 : null;
    const secondsLeft =
      perSec !== null && perSec > 0 && this.#total > 0 ? Math.max(0, this.#total - done) / perSec : null;
    this.#listener?.({ stage: this.#stage, label: this.#label, done, total: this.#total, perSec, secondsLeft });
  }
}
