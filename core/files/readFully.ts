/** Reading from an open file by position. */
import { readSync } from 'node:fs';

/** No call is asked for more. */
const MOST_BYTES = 2 ** 30;

/** Reads `length` bytes from `position` of an open file into the start of `out`; returns how many there were. */
export function readFully(file: number, out: Uint8Array, length: number, position: number): number {
  let filled = 0;
  while (filled < length) {
    const count = readSync(file, out, filled, Math.min(length - filled, MOST_BYTES), position + filled);
    if (count === 0) break;
    filled += count;
  }
  return filled;
}
