/**
 * The records of a zip archive, byte by byte (PKWARE's APPNOTE, with ZIP64). What to make of them is for the readers.
 */

export const END_BYTES = 22;
export const LOCATOR_BYTES = 20;
export const WIDE_END_BYTES = 56;
export const ENTRY_BYTES = 46;
export const LOCAL_BYTES = 30;
export const MAX_COMMENT = 65_535;

export const FLAG = {
  encrypted: 0x1,
  sizesLater: 0x8,
  strongEncryption: 0x40,
  utf8: 0x800,
  maskedHeader: 0x2000,
} as const;
export const METHOD = { stored: 0, deflated: 8 } as const;

const SIGNATURE = {
  end: 0x06054b50,
  locator: 0x07064b50,
  wideEnd: 0x06064b50,
  entry: 0x02014b50,
  local: 0x04034b50,
} as const;
/** Stands for a value that is in the ZIP64 record instead. */
const IN_WIDE_RECORD = 0xffffffff;

export interface ZipEnd {
  /** Number of this disk, and of the one where the directory starts: 0 but for split archives. */
  readonly disks: number;
  readonly count: number;
  readonly directory: number;
  readonly directoryBytes: number;
}

export interface NarrowZipEnd extends ZipEnd {
  /** Some value does not fit: there must be a ZIP64 record. */
  readonly wide: boolean;
  /** Bytes behind the archive's end. */
  readonly trailing: number;
}

/** The last end record in `tail`, and where in it; null where there is none. With `exact` nothing may follow it. */
export function findEnd(tail: Buffer, exact: boolean): { end: NarrowZipEnd; at: number } | null {
  for (let at = tail.length - END_BYTES; at >= 0; at -= 1) {
    if (tail.readUInt32LE(at) !== SIGNATURE.end) continue;
    const trailing = tail.length - at - END_BYTES - tail.readUInt16LE(at + 20);
    if (trailing < 0 || (exact && trailing > 0)) continue;
    const count = tail.readUInt16LE(at + 10);
    const directoryBytes = tail.readUInt32LE(at + 12);
    const directory = tail.readUInt32LE(at + 16);
    const wide = count === 0xffff || directoryBytes === IN_WIDE_RECORD || directory === IN_WIDE_RECORD;
    const [disk, firstDisk] = [tail.readUInt16LE(at + 4), tail.readUInt16LE(at + 6)];
    const disks = disk === 0xffff && firstDisk === 0xffff ? 0 : disk + firstDisk;
    return { end: { disks, count, directory, directoryBytes, wide, trailing }, at };
  }
  return null;
}

/** Where the ZIP64 end record lies, and of how many disks; null where `bytes` are no locator. */
export function readLocator(bytes: Buffer): { record: number; disks: number } | null {
  if (bytes.length < LOCATOR_BYTES || bytes.readUInt32LE(0) !== SIGNATURE.locator) return null;
  return { record: Number(bytes.readBigUInt64LE(8)), disks: bytes.readUInt32LE(16) };
}

/** Null where `bytes` are no ZIP64 end record. */
export function readWideEnd(bytes: Buffer): ZipEnd | null {
  if (bytes.length < WIDE_END_BYTES || bytes.readUInt32LE(0) !== SIGNATURE.wideEnd) return null;
  return {
    disks: bytes.readUInt32LE(16),
    count: Number(bytes.readBigUInt64LE(32)),
    directoryBytes: Number(bytes.readBigUInt64LE(40)),
    directory: Number(bytes.readBigUInt64LE(48)),
  };
}

export interface ZipEntryRecord {
  readonly rawName: Buffer;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly sizeBytes: number;
  /** Offset of its local header. */
  readonly offset: number;
  /** The disk it starts on. */
  readonly disk: number;
  /** Unix mode, 0 where the archive has none. */
  readonly mode: number;
  /** MS-DOS time and date. */
  readonly time: number;
  readonly date: number;
  /** Where the next record starts. */
  readonly next: number;
}

/** Why an entry of the directory cannot be read. */
export type ZipEntryProblem = 'cut off' | 'short ZIP64 field';

/** The entry of the directory at `at`. */
export function readEntry(bytes: Buffer, at: number): ZipEntryRecord | ZipEntryProblem {
  if (at + ENTRY_BYTES > bytes.length || bytes.readUInt32LE(at) !== SIGNATURE.entry) return 'cut off';
  const nameEnd = at + ENTRY_BYTES + bytes.readUInt16LE(at + 28);
  const extraEnd = nameEnd + bytes.readUInt16LE(at + 30);
  const next = extraEnd + bytes.readUInt16LE(at + 32);
  if (next > bytes.length) return 'cut off';
  const sizes = {
    sizeBytes: bytes.readUInt32LE(at + 24),
    packedBytes: bytes.readUInt32LE(at + 20),
    offset: bytes.readUInt32LE(at + 42),
  };
  if (!widen(sizes, bytes.subarray(nameEnd, extraEnd))) return 'short ZIP64 field';
  return {
    ...sizes,
    rawName: bytes.subarray(at + ENTRY_BYTES, nameEnd),
    flags: bytes.readUInt16LE(at + 8),
    method: bytes.readUInt16LE(at + 10),
    time: bytes.readUInt16LE(at + 12),
    date: bytes.readUInt16LE(at + 14),
    crc: bytes.readUInt32LE(at + 16),
    disk: bytes.readUInt16LE(at + 34),
    mode: bytes.readUInt8(at + 5) === 3 ? bytes.readUInt16LE(at + 40) : 0,
    next,
  };
}

/** Sizes and place that do not fit 32 bits, in this order; false where the field ends too early. */
function widen(sizes: { sizeBytes: number; packedBytes: number; offset: number }, extra: Buffer): boolean {
  for (let at = 0; at + 4 <= extra.length;) {
    const length = extra.readUInt16LE(at + 2);
    const field = extra.subarray(at + 4, at + 4 + length);
    if (extra.readUInt16LE(at) === 1) {
      let place = 0;
      for (const key of ['sizeBytes', 'packedBytes', 'offset'] as const) {
        if (sizes[key] !== IN_WIDE_RECORD) continue;
        if (place + 8 > field.length) return false;
        sizes[key] = Number(field.readBigUInt64LE(place));
        place += 8;
      }
    }
    at += 4 + length;
  }
  return true;
}

export interface LocalHeader {
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly sizeBytes: number;
  readonly nameBytes: number;
  readonly extraBytes: number;
}

/** Null where `bytes` are no local header. */
export function readLocalHeader(bytes: Buffer): LocalHeader | null {
  if (bytes.length < LOCAL_BYTES || bytes.readUInt32LE(0) !== SIGNATURE.local) return null;
  return {
    flags: bytes.readUInt16LE(6),
    method: bytes.readUInt16LE(8),
    crc: bytes.readUInt32LE(14),
    packedBytes: bytes.readUInt32LE(18),
    sizeBytes: bytes.readUInt32LE(22),
    nameBytes: bytes.readUInt16LE(26),
    extraBytes: bytes.readUInt16LE(28),
  };
}
