/** A wall clock that can be moved under processes that are started with its environment. */
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { compileShim } from './shim.ts';

export class MovedClock {
  readonly env: Readonly<Record<string, string>>;
  readonly #control: number;

  /** @param folder an empty one for the shim */
  constructor(folder: string) {
    const control = join(folder, 'clock');
    writeFileSync(control, Buffer.alloc(8));
    this.#control = openSync(control, 'r+');
    this.env = { LD_PRELOAD: compileShim('clockShim', folder), CLOCK_CONTROL: control };
  }

  /** From now on it shows `date`, and goes on from there. */
  show(date: Date): void {
    const seconds = Buffer.alloc(8);
    seconds.writeBigInt64LE(BigInt(Math.round((date.getTime() - Date.now()) / 1000)));
    writeSync(this.#control, seconds, 0, 8, 0);
  }

  close(): void {
    closeSync(this.#control);
  }
}
