/** A disk that fails at chosen files, for processes that are started with its environment. */
import { closeSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { compileShim } from './shim.ts';

/** Of the shared file: error, hits, then the text, ended by a zero. */
const CONTROL_BYTES = 256;

export const ERRORS = {
  EIO: constants.errno.EIO,
  EACCES: constants.errno.EACCES,
  EROFS: constants.errno.EROFS,
  EDQUOT: constants.errno.EDQUOT,
  ENOSPC: constants.errno.ENOSPC,
} as const;
export type ErrorName = keyof typeof ERRORS;

export class FaultyDisk {
  readonly env: Readonly<Record<string, string>>;
  readonly #control: number;

  /** @param folder an empty one for the shim */
  constructor(folder: string) {
    const control = join(folder, 'control');
    writeFileSync(control, Buffer.alloc(CONTROL_BYTES));
    this.#control = openSync(control, 'r+');
    this.env = { LD_PRELOAD: compileShim('faultShim', folder), FAULT_CONTROL: control, UV_USE_IO_URING: '0' };
  }

  /** From now on whatever writes a path that contains `part` fails. */
  fail(error: ErrorName, part: string): void {
    const bytes = Buffer.alloc(CONTROL_BYTES);
    bytes.write(part, 8);
    writeSync(this.#control, bytes, 4, CONTROL_BYTES - 4, 4);
    bytes.writeInt32LE(ERRORS[error]);
    writeSync(this.#control, bytes, 0, 4, 0);
  }

  /** All is well again; how many calls have failed. */
  heal(): number {
    writeSync(this.#control, Buffer.alloc(4), 0, 4, 0);
    const hits = Buffer.alloc(4);
    readSync(this.#control, hits, 0, 4, 4);
    return hits.readInt32LE();
  }

  close(): void {
    closeSync(this.#control);
  }
}
