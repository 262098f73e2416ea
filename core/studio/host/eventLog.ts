/**
 * The host's log of events: numbered, bounded, and read by cursors, so that a slow or absent listener costs nothing and
 * a quick reconnect misses nothing.
 */
import { randomUUID } from 'node:crypto';
import type { EventPosition, StudioEvent } from '../../../contract/api/events.ts';

type OmitSeq<T> = T extends unknown ? Omit<T, 'seq'> : never;
export type NewEvent = OmitSeq<Exclude<StudioEvent, { type: 'hello' }>>;

export class EventLog {
  /** Another one at each start of the host. */
  readonly id: string = randomUUID();
  readonly #capacity: number;
  /** `#events[i]` has the number `#first + i`. */
  #events: StudioEvent[] = [];
  #first = 1;
  #waiting = new Set<() => void>();
  #closed = false;

  /** @param capacity events that a listener may fall behind */
  constructor(capacity = 20_000) {
    this.#capacity = capacity;
  }

  get position(): EventPosition {
    return { log: this.id, seq: this.#first + this.#events.length - 1 };
  }

  publish(event: NewEvent): void {
    if (this.#closed) return;
    this.#events.push({ ...event, seq: this.#first + this.#events.length });
    if (this.#events.length > 2 * this.#capacity) {
      this.#first += this.#events.length - this.#capacity;
      this.#events = this.#events.slice(-this.#capacity);
    }
    this.#wake();
  }

  /**
   * Everything after `after`, then what comes; ends when `signal` aborts or the log closes. A listener that falls too
   * far behind gets another `hello`.
   */
  async *subscribe(after: EventPosition | null, signal?: AbortSignal): AsyncGenerator<StudioEvent, void, undefined> {
    const wake = (): void => this.#wake();
    signal?.addEventListener('abort', wake);
    try {
      const resumed =
        after !== null && after.log === this.id && after.seq >= this.#first - 1 && after.seq <= this.position.seq;
      let next = resumed ? after.seq + 1 : this.position.seq + 1;
      yield { type: 'hello', seq: next - 1, log: this.id, resumed };
      while (!this.#closed && !signal?.aborted) {
        if (next < this.#first) {
          next = this.position.seq + 1;
          yield { type: 'hello', seq: next - 1, log: this.id, resumed: false };
          continue;
        }
        const event = this.#events[next - this.#first];
        if (event) {
          next++;
          yield event;
        } else {
          await new Promise<void>((resolve) => {
            this.#waiting.add(resolve);
          });
        }
      }
    } finally {
      signal?.removeEventListener('abort', wake);
    }
  }

  close(): void {
    this.#closed = true;
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const resolve of waiting) resolve();
  }
}
