/**
 * Notices that a training process has stopped doing anything: it lives, holds its device, and no step comes any more.
 */
import type { RunMessage } from './runMessage.ts';
import { foldTraining, NOT_STARTED, type TrainingStatus } from './trainingStatus.ts';

export interface Patience {
  /** Between two signs of life while it trains: this long at least … */
  readonly leastMs: number;
  /**
   * … and so many times the longest wait among the last ones, so that a slow network on a slow machine has all the time
   * it needs.
   */
  readonly times: number;
  /** For one checkpoint to be written. */
  readonly savingMs: number;
  /** Between two signs of progress while pictures are decoded. */
  readonly preparingMs: number;
  /** For one picture that may be what a process hangs at, tried alone. */
  readonly decodingMs: number;
  /** To save and end by itself once it is asked to; then it is killed. */
  readonly graceMs: number;
}

export const USUAL_PATIENCE: Patience = {
  leastMs: 60_000,
  times: 10,
  savingMs: 600_000,
  preparingMs: 300_000,
  decodingMs: 45_000,
  graceMs: 10_000,
};

/** While job processes are debugged: one that stands at a breakpoint is not hung. */
export const ENDLESS_PATIENCE: Partial<Patience> = {
  leastMs: Infinity,
  savingMs: Infinity,
  preparingMs: Infinity,
};

/**
 * The host closes: a process that would take longer than this to come to its checkpoint is ended without it. Nothing is
 * at stake before the first step.
 */
const CLOSING = {
  startingMs: 10_000,
  trainingMs: 10_000,
  savingMs: 20_000,
  unknownSavingMs: 60_000,
  times: 3,
} as const;
/** Waits that the longest one is taken of. */
const REMEMBERED = 50;
const LONGEST_TICK_MS = 2000;

type Phase = 'starting' | 'preparing' | 'training' | 'saving' | 'waiting';

export class Watchdog {
  readonly #patience: Patience;
  readonly #onHung: (finding: string) => void;
  readonly #processorWaitMs: () => number;
  readonly #timer: NodeJS.Timeout;
  readonly #tickMs: number;
  #lastTick = performance.now();
  #lastSign = performance.now();
  #status = NOT_STARTED;
  #waits: number[] = [];
  #longestSave = 0;
  #closing = false;

  /**
   * `onHung` is called once, with what was waited for and for how long. The building of the network, up to the first
   * step, may take any time. `processorWaitMs` is how long the process waited for a processor since the last call:
   * that does not count.
   */
  constructor(patience: Patience, onHung: (finding: string) => void, processorWaitMs: () => number = () => 0) {
    this.#patience = patience;
    this.#onHung = onHung;
    this.#processorWaitMs = processorWaitMs;
    this.#tickMs = Math.min(LONGEST_TICK_MS, patience.leastMs / 4);
    this.#timer = setInterval(() => this.#look(), this.#tickMs);
    this.#timer.unref();
  }

  hear(message: RunMessage): void {
    const now = performance.now();
    const wait = now - this.#lastSign;
    this.#lastSign = now;
    const before = phaseOf(this.#status);
    this.#status = foldTraining(this.#status, message);
    const after = phaseOf(this.#status);
    // How long a step takes is not known before the second one; all of the start is more than that.
    if (message.type === 'started') this.#waits = [1000 * message.secondsToFirstStep];
    else if (before === 'training' && after === 'training') this.#waits = [...this.#waits, wait].slice(-REMEMBERED);
    else if (before === 'saving' && (after === 'training' || after === 'starting'))
      this.#longestSave = Math.max(this.#longestSave, wait);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** The host closes and waits for the last checkpoint: patience is a matter of seconds now. */
  hurry(): void {
    this.#closing = true;
  }

  #look(): void {
    const now = performance.now();
    const late = now - this.#lastTick - this.#tickMs;
    this.#lastTick = now;
    // The host itself slept (a suspended machine): the job may have done so too.
    if (late > this.#tickMs + 1000) this.#lastSign += late;
    // where the host closes, somebody waits, and the last checkpoint is kept anyway
    if (!this.#closing) this.#lastSign += Math.min(this.#processorWaitMs(), now - this.#lastSign);
    const { leastMs, times, savingMs, preparingMs } = this.#patience;
    const longest = Math.max(0, ...this.#waits);
    const quiet = now - this.#lastSign;
    const limits: Record<Phase, readonly [limit: number, closing: number, what: string]> = {
      starting: [Infinity, CLOSING.startingMs, 'The training did not begin'],
      preparing: [preparingMs, CLOSING.startingMs, 'No image was decoded'],
      training: [
        Math.max(leastMs, times * longest),
        Math.max(CLOSING.trainingMs, CLOSING.times * longest),
        `No step was done (the longest lately took ${seconds(longest)})`,
      ],
      saving: [
        savingMs,
        this.#longestSave === 0
          ? CLOSING.unknownSavingMs
          : Math.max(CLOSING.savingMs, CLOSING.times * this.#longestSave),
        'The checkpoint was not written',
      ],
      waiting: [savingMs, CLOSING.savingMs, 'The process that waits for room on the disk was not heard'],
    };
    const [usual, closing, what] = limits[phaseOf(this.#status)];
    if (quiet <= (this.#closing ? Math.min(usual, closing) : usual)) return;
    this.close();
    this.#onHung(`${what} for ${seconds(quiet)}.`);
  }
}

/** What is waited for. */
function phaseOf({ phase, started }: TrainingStatus): Phase {
  if (phase === 'preparing' || phase === 'saving') return phase;
  if (phase === 'diskFull') return 'waiting';
  return started ? 'training' : 'starting';
}

function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}
