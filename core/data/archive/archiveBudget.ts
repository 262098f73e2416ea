/** How much an archive may unpack to: real output is counted, never what headers claim. */
import { freeBytesAtSync } from '../../files/freeSpace.ts';
import { beyondLimit } from '../../formats/archive/archiveErrors.ts';

export interface ArchiveLimits {
  readonly entries: number;
  /** All files together, bytes; never more than half of what the disk has free. */
  readonly totalBytes: number;
  readonly fileBytes: number;
  /** Output for each byte of input, looked at once `ratioFromBytes` have come out. */
  readonly ratio: number;
  readonly ratioFromBytes: number;
}

/** A data set of pictures stays far below: ImageNet has 1.4 million files, pictures are packed already. */
export const DEFAULT_LIMITS: ArchiveLimits = {
  entries: 2_000_000,
  totalBytes: 2 ** 40,
  fileBytes: 256 * 2 ** 20,
  ratio: 200,
  ratioFromBytes: 64 * 2 ** 20,
};

export class ArchiveBudget {
  readonly #limits: ArchiveLimits;
  readonly #totalBytes: number;
  #entries = 0;
  #written = 0;

  /** `folder` is where the files go. */
  constructor(folder: string, limits: ArchiveLimits = DEFAULT_LIMITS) {
    this.#limits = limits;
    this.#totalBytes = Math.min(limits.totalBytes, freeBytesAtSync(folder) / 2);
  }

  /** @throws {StudioError} archive.limit: there are more entries than allowed, besides those counted */
  addEntries(more: number): void {
    this.#entries += more;
    if (this.#entries > this.#limits.entries)
      throw beyondLimit(`it has more than ${this.#limits.entries.toLocaleString('en')} entries`);
  }

  /** Before a file is unpacked, by the size it claims. */
  expectFile(sizeBytes: number, name: string): void {
    if (sizeBytes > this.#limits.fileBytes) throw this.#fileTooLarge(name);
    if (this.#written + sizeBytes > this.#totalBytes) throw this.#tooMuch();
  }

  /**
   * Before `bytes` more are written to a file that has `fileBytes` already, made from `packed` bytes of the archive
   * (all files so far, or this one and its packed size).
   * @throws {StudioError} archive.limit
   */
  addBytes(
    bytes: number,
    {
      name,
      fileBytes,
      packed,
      unpacked = this.#written,
    }: { name: string; fileBytes: number; packed: number; unpacked?: number },
  ): void {
    if (fileBytes + bytes > this.#limits.fileBytes) throw this.#fileTooLarge(name);
    if (this.#written + bytes > this.#totalBytes) throw this.#tooMuch();
    this.checkRatio(unpacked + bytes, packed);
    this.#written += bytes;
  }

  /** @throws {StudioError} archive.limit: all that was written is too much to have come from `packed` bytes */
  checkAll(packed: number): void {
    this.checkRatio(this.#written, packed);
  }

  /** @throws {StudioError} archive.limit: unpacked bytes are too many to have come from packed */
  checkRatio(unpacked: number, packed: number): void {
    if (unpacked > this.#limits.ratioFromBytes && unpacked > this.#limits.ratio * Math.max(1, packed))
      throw beyondLimit(`it unpacks to more than ${this.#limits.ratio} times its size`);
  }

  #fileTooLarge(name: string): Error {
    return beyondLimit(
      `${JSON.stringify(name.slice(0, 120))} unpacks to more than ${this.#limits.fileBytes.toLocaleString('en')} bytes`,
    );
  }

  #tooMuch(): Error {
    return beyondLimit(
      `it unpacks to more than ${Math.floor(this.#totalBytes).toLocaleString('en')} bytes (its limit, or half of the ` +
        'free disk)',
    );
  }
}
