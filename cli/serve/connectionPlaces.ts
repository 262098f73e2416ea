/**
 * Places for connections: those of a session are kept, and of the others the oldest makes way, so that no other program
 * can take them all.
 */
import type { Duplex } from 'node:stream';

/** Of connections that have shown no session: more than a browser needs to load a page. */
const MOST_STRANGERS = 64;

export class ConnectionPlaces {
  /** Oldest first. */
  readonly #strangers = new Set<Duplex>();

  add(stream: Duplex): void {
    this.#strangers.add(stream);
    stream.once('close', () => this.#strangers.delete(stream));
    const [oldest] = this.#strangers;
    if (this.#strangers.size > MOST_STRANGERS) {
      this.#strangers.delete(oldest!);
      oldest!.destroy();
    }
  }

  /** The connection belongs to a session. */
  keep(stream: Duplex): void {
    this.#strangers.delete(stream);
  }
}
