/**
 * Writing and checking the packed pixel file: raw bytes, with a sidecar that holds its hash and a checksum for every
 * block.
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { writeAllSync } from '../../files/durableFile.ts';
import { readFully } from '../../files/readFully.ts';
import { freeBytesAtSync, requireFreeSpace } from '../../files/freeSpace.ts';

/** Bytes of one checksummed block. */
export const BLOCK_BYTES = 2 ** 20;

export interface PackSummary {
  readonly sizeBytes: number;
  readonly sha256: string;
  /** CRC-32 of each block of `BLOCK_BYTES`, the last one shorter. */
  readonly blockCrc32: number[];
}

/** Left free beside a pack: logs and the database grow too. */
const RESERVE_BYTES = 64 * 2 ** 20;

/**
 * @throws {StudioError} file.diskFull: the disk of `folder` has no room for `bytes` of packed images and 64 MiB more
 */
export function requirePackSpace(folder: string, bytes: number): void {
  requireFreeSpace({
    what: 'The packed images need',
    folder,
    neededBytes: bytes + RESERVE_BYTES,
    freeBytes: freeBytesAtSync(folder),
  });
}

/** Appends to an open file and keeps hash and checksums on the way. The caller opens, syncs and closes the file. */
export class PackWriter {
  readonly #file: number;
  readonly #hash = createHash('sha256');
  readonly #blocks: number[] = [];
  #sizeBytes = 0;
  #crc = 0;

  constructor(file: number) {
    this.#file = file;
  }

  write(bytes: Uint8Array): void {
    writeAllSync(this.#file, bytes);
    this.#hash.update(bytes);
    let at = 0;
    while (at < bytes.length) {
      const part = bytes.subarray(at, at + BLOCK_BYTES - (this.#sizeBytes % BLOCK_BYTES));
      this.#crc = crc32(part, this.#crc);
      this.#sizeBytes += part.length;
      at += part.length;
      if (this.#sizeBytes % BLOCK_BYTES === 0) {
        this.#blocks.push(this.#crc);
        this.#crc = 0;
      }
    }
  }

  finish(): PackSummary {
    if (this.#sizeBytes % BLOCK_BYTES !== 0) this.#blocks.push(this.#crc);
    return { sizeBytes: this.#sizeBytes, sha256: this.#hash.digest('hex'), blockCrc32: this.#blocks };
  }
}

/**
 * Whether the first, the last and some evenly spaced blocks have their checksums: quick, finds torn and overwritten
 * files.
 */
export function checkSomeBlocks(file: number, { sizeBytes, blockCrc32 }: PackSummary, samples = 8): boolean {
  const block = Buffer.allocUnsafe(Math.min(BLOCK_BYTES, sizeBytes));
  const step = Math.max(1, (blockCrc32.length - 1) / Math.max(1, samples - 1));
  for (let at = 0; Math.round(at) < blockCrc32.length; at += step) {
    const position = Math.round(at) * BLOCK_BYTES;
    const length = Math.min(BLOCK_BYTES, sizeBytes - position);
    if (
      readFully(file, block, length, position) !== length ||
      crc32(block.subarray(0, length)) !== blockCrc32[Math.round(at)]
    )
      return false;
  }
  return true;
}

/** SHA-256 of the whole file, read in blocks. */
export function hashFile(file: number, onBytes: (done: number) => void = () => undefined): string {
  const hash = createHash('sha256');
  const block = Buffer.allocUnsafe(4 * BLOCK_BYTES);
  for (let position = 0; ;) {
    const count = readFully(file, block, block.length, position);
    if (count === 0) return hash.digest('hex');
    hash.update(block.subarray(0, count));
    position += count;
    onBytes(position);
  }
}
