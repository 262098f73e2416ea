/** Bytes read by position: an open file (`ByteSource`), or an unpacked archive member in memory. */
import { damaged } from './byteSource.ts';

export interface RandomAccess {
  /** File the bytes come from, for messages. */
  readonly path: string;
  readonly sizeBytes: number;
  /**
   * Exactly `length` bytes in a buffer of their own.
   * @throws {StudioError} weights.damaged
   */
  read(offset: number, length: number): Uint8Array<ArrayBuffer>;
}

export class MemorySource implements RandomAccess {
  readonly path: string;
  readonly #bytes: Uint8Array;

  constructor(path: string, bytes: Uint8Array) {
    this.path = path;
    this.#bytes = bytes;
  }

  get sizeBytes(): number {
    return this.#bytes.byteLength;
  }

  read(offset: number, length: number): Uint8Array<ArrayBuffer> {
    if (offset < 0 || length < 0 || offset + length > this.#bytes.byteLength)
      throw damaged(
        this.path,
        `bytes ${offset} to ${offset + length} are needed, there are ${this.#bytes.byteLength}.`,
      );
    return new Uint8Array(this.#bytes.subarray(offset, offset + length));
  }
}

/** Small, since most cursors only look at a few fields. */
const WINDOW_BYTES = 1 << 13;

/** Reads a range forward through a small window, so that large payloads can be passed over without being read. */
export class Cursor {
  readonly source: RandomAccess;
  readonly end: number;
  position: number;
  #window: Uint8Array = new Uint8Array(0);
  #windowStart = 0;

  constructor(source: RandomAccess, start = 0, end = source.sizeBytes) {
    if (start > end || end > source.sizeBytes)
      throw damaged(source.path, `bytes ${start} to ${end} are needed, there are ${source.sizeBytes}.`);
    this.source = source;
    this.position = start;
    this.end = end;
  }

  get remaining(): number {
    return this.end - this.position;
  }

  #fill(): void {
    this.#windowStart = this.position;
    this.#window = this.source.read(this.position, Math.min(WINDOW_BYTES, this.end - this.position));
  }

  byte(): number {
    if (this.position >= this.end) throw damaged(this.source.path, `it ends too early, at byte ${this.end}.`);
    let at = this.position - this.#windowStart;
    if (at < 0 || at >= this.#window.byteLength) {
      this.#fill();
      at = 0;
    }
    this.position++;
    return this.#window[at]!;
  }

  /** The next `length` bytes; a view that stays valid. */
  take(length: number): Uint8Array {
    this.need(length);
    const at = this.position - this.#windowStart;
    let out: Uint8Array;
    if (at >= 0 && at + length <= this.#window.byteLength) out = this.#window.subarray(at, at + length);
    else if (length > WINDOW_BYTES) out = this.source.read(this.position, length);
    else {
      this.#fill();
      out = this.#window.subarray(0, length);
    }
    this.position += length;
    return out;
  }

  /** @throws {StudioError} weights.damaged: unless length more bytes are there */
  need(length: number): void {
    if (!(length >= 0) || length > this.remaining)
      throw damaged(
        this.source.path,
        `${length} bytes are announced at byte ${this.position}, ${this.remaining} are left.`,
      );
  }

  skip(length: number): void {
    this.need(length);
    this.position += length;
  }

  /** Passes over a line and returns its place without the line feed. */
  line(): { offset: number; length: number } {
    const offset = this.position;
    while (this.position < this.end) {
      const at = this.position - this.#windowStart;
      if (at < 0 || at >= this.#window.byteLength) {
        this.#fill();
        continue;
      }
      const found = this.#window.indexOf(10, at);
      if (found >= 0) {
        this.position = this.#windowStart + found + 1;
        return { offset, length: this.position - 1 - offset };
      }
      this.position = this.#windowStart + this.#window.byteLength;
    }
    throw damaged(this.source.path, `the line that starts at byte ${offset} has no end.`);
  }

  u16(): number {
    const b = this.take(2);
    return b[0]! | (b[1]! << 8);
  }
  u32(): number {
    const b = this.take(4);
    return (b[0]! | (b[1]! << 8) | (b[2]! << 16) | (b[3]! << 24)) >>> 0;
  }
  /** Little endian; exact up to 2^53, larger values come back as the nearest number and fail every length check. */
  u64(): number {
    const low = this.u32();
    return this.u32() * 2 ** 32 + low;
  }
}
