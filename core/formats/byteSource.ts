/**
 * Bounded reads from one regular file: nothing beyond its size is ever allocated, and no other file is ever touched.
 */
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { StudioError } from '../../contract/errors.ts';
import { fileError } from '../files/fileErrors.ts';

/** One `read` call takes at most this many bytes (the kernel's limit lies just under 2 GiB). */
const READ_CHUNK = 1 << 30;

/** The error for a file that ends before the data it announces, or contradicts itself. */
export function damaged(path: string, what: string): StudioError {
  return new StudioError('weights.damaged', `${path}: ${what}`, {
    remedy: 'The file is cut short or damaged. Download or copy it again and compare its size with the source.',
  });
}

/** An open regular file, read by position. */
export class ByteSource {
  readonly path: string;
  readonly sizeBytes: number;
  readonly #fd: number;
  #open = true;

  private constructor(path: string, fd: number, sizeBytes: number) {
    this.path = path;
    this.sizeBytes = sizeBytes;
    this.#fd = fd;
  }

  /** @throws {StudioError} file.notFound, file.noPermission, weights.unsupported (a folder, a device, a pipe) */
  static open(path: string): ByteSource {
    let fd: number | undefined;
    try {
      // Asked before opening: opening a pipe would wait for its writer.
      if (!statSync(path).isFile())
        throw new StudioError('weights.unsupported', `${path} is not a regular file.`, {
          remedy: 'Choose the weight file itself.',
        });
      fd = openSync(path, constants.O_RDONLY);
      return new ByteSource(path, fd, fstatSync(fd).size);
    } catch (error) {
      if (fd !== undefined) closeSync(fd);
      throw fileError(error, path);
    }
  }

  /**
   * Exactly `length` bytes at `offset`, in a buffer of their own (aligned for every typed array).
   * @throws {StudioError} weights.damaged
   */
  read(offset: number, length: number): Uint8Array<ArrayBuffer> {
    if (
      !Number.isSafeInteger(offset) ||
      !Number.isSafeInteger(length) ||
      offset < 0 ||
      length < 0 ||
      offset + length > this.sizeBytes
    ) {
      throw damaged(this.path, `bytes ${offset} to ${offset + length} are needed, the file has ${this.sizeBytes}.`);
    }
    const out = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const count = readSync(this.#fd, out, done, Math.min(READ_CHUNK, length - done), offset + done);
      if (count === 0) throw damaged(this.path, `it became shorter while it was read (at byte ${offset + done}).`);
      done += count;
    }
    return out;
  }

  /** Up to `length` bytes at `offset`; fewer at the end of the file. */
  peek(offset: number, length: number): Uint8Array<ArrayBuffer> {
    return this.read(Math.min(offset, this.sizeBytes), Math.max(0, Math.min(length, this.sizeBytes - offset)));
  }

  close(): void {
    if (this.#open) closeSync(this.#fd);
    this.#open = false;
  }
}
