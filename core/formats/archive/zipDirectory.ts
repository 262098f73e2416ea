/** The directory of a zip archive (PKWARE's APPNOTE, with ZIP64): where each entry lies, checked against tricks before anything is unpacked. */
import { readFully } from '../../data/packed/packFile.ts';
import { beyondLimit, damaged, hostile, unsupported } from './archiveErrors.ts';
import { decodeName } from './entryNames.ts';
import { sensibleTime } from './archiveEntry.ts';

const END_BYTES = 22;
const MAX_COMMENT = 65_535;
/** Names and fields of two million entries. */
const MAX_DIRECTORY_BYTES = 512 * 2 ** 20;
const UTF8_FLAG = 0x800;
const ENCRYPTED_FLAGS = 0x2041;
export const LOCAL_BYTES = 30;

export interface ZipMember {
  readonly name: string;
  readonly rawName: Buffer;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly sizeBytes: number;
  /** Offset of its local header. */
  readonly offset: number;
  /** Unix mode, 0 where the archive has none. */
  readonly mode: number;
  readonly modifiedMs: number;
}

function read(file: number, length: number, position: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  // A made-up place may be beyond what the system can be asked for.
  if (position < 0 || !Number.isSafeInteger(position) || readFully(file, bytes, length, position) !== length)
    throw damaged('it is cut off');
  return bytes;
}

interface End {
  readonly directory: number;
  readonly directoryBytes: number;
  readonly count: number;
  readonly trailing: number;
}

function findEnd(file: number, sizeBytes: number): End {
  const length = Math.min(sizeBytes, END_BYTES + MAX_COMMENT + 1024);
  const tail = read(file, length, sizeBytes - length);
  let at = length - END_BYTES;
  while (at >= 0 && !(tail.readUInt32LE(at) === 0x06054b50 && at + END_BYTES + tail.readUInt16LE(at + 20) <= length))
    at -= 1;
  if (at < 0) throw damaged('its directory, which is at the end, is missing: it is cut off');
  const position = sizeBytes - length + at;
  const disks = tail.readUInt16LE(at + 4) + tail.readUInt16LE(at + 6);
  const [count, directoryBytes, directory] = [
    tail.readUInt16LE(at + 10),
    tail.readUInt32LE(at + 12),
    tail.readUInt32LE(at + 16),
  ];
  const trailing = length - at - END_BYTES - tail.readUInt16LE(at + 20);
  if (disks !== 0 && disks !== 2 * 0xffff) throw unsupported('it is one part of a split archive');
  const wide = count === 0xffff || directoryBytes === 0xffffffff || directory === 0xffffffff;
  const locator = wide && position >= 20 ? read(file, 20, position - 20) : null;
  if (locator?.readUInt32LE(0) !== 0x07064b50)
    return checkEnd({ directory, directoryBytes, count, trailing }, position);
  if (locator.readUInt32LE(16) > 1) throw unsupported('it is one part of a split archive');
  const recordAt = Number(locator.readBigUInt64LE(8));
  const record = read(file, 56, recordAt);
  if (record.readUInt32LE(0) !== 0x06064b50) throw damaged('its ZIP64 record is missing');
  if (record.readUInt32LE(16) !== 0) throw unsupported('it is one part of a split archive');
  return checkEnd(
    {
      directory: Number(record.readBigUInt64LE(48)),
      directoryBytes: Number(record.readBigUInt64LE(40)),
      count: Number(record.readBigUInt64LE(32)),
      trailing,
    },
    recordAt,
  );
}

function checkEnd(end: End, endsAt: number): End {
  if (end.directory + end.directoryBytes > endsAt) throw damaged('its directory lies outside of the file');
  if (end.directory + end.directoryBytes < endsAt)
    throw hostile('there are bytes between its directory and its end, or before its beginning');
  return end;
}

/** Sizes and place that do not fit 32 bits, in this order. */
function widen(values: { sizeBytes: number; packedBytes: number; offset: number }, extra: Buffer): void {
  for (let at = 0; at + 4 <= extra.length;) {
    const length = extra.readUInt16LE(at + 2);
    const field = extra.subarray(at + 4, at + 4 + length);
    if (extra.readUInt16LE(at) === 1) {
      let place = 0;
      for (const key of ['sizeBytes', 'packedBytes', 'offset'] as const) {
        if (values[key] !== 0xffffffff) continue;
        if (place + 8 > field.length) throw damaged('a ZIP64 field is too short');
        values[key] = Number(field.readBigUInt64LE(place));
        place += 8;
      }
    }
    at += 4 + length;
  }
}

/** DOS date and time have no zone: taken as UTC, so that it is the same everywhere. */
function dosTime(time: number, date: number): number {
  return sensibleTime(
    Date.UTC(1980 + (date >> 9), ((date >> 5) & 15) - 1, date & 31, time >> 11, (time >> 5) & 63, (time & 31) * 2),
  );
}

/**
 * All entries in the order they lie in the file, and how many bytes follow the archive's end. `count` is asked whether so many may be read.
 * Throws `archive.*`: overlapping entries are a limit (one place unpacked many times), bytes before the first are refused.
 */
export function readZipDirectory(
  file: number,
  sizeBytes: number,
  checkCount: (count: number) => void,
): { members: ZipMember[]; trailing: number } {
  const end = findEnd(file, sizeBytes);
  checkCount(end.count);
  if (end.directoryBytes > MAX_DIRECTORY_BYTES)
    throw beyondLimit(`its directory has ${end.directoryBytes.toLocaleString('en')} bytes`);
  const bytes = read(file, end.directoryBytes, end.directory);
  const members: ZipMember[] = [];
  let at = 0;
  for (let i = 0; i < end.count; i += 1) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== 0x02014b50) throw damaged('its directory ends early');
    const nameEnd = at + 46 + bytes.readUInt16LE(at + 28);
    const extraEnd = nameEnd + bytes.readUInt16LE(at + 30);
    const next = extraEnd + bytes.readUInt16LE(at + 32);
    if (next > bytes.length) throw damaged('its directory ends early');
    const flags = bytes.readUInt16LE(at + 8);
    const rawName = bytes.subarray(at + 46, nameEnd);
    const values = {
      packedBytes: bytes.readUInt32LE(at + 20),
      sizeBytes: bytes.readUInt32LE(at + 24),
      offset: bytes.readUInt32LE(at + 42),
    };
    widen(values, bytes.subarray(nameEnd, extraEnd));
    if ((flags & ENCRYPTED_FLAGS) !== 0) throw unsupported('it is encrypted');
    if (bytes.readUInt16LE(at + 34) !== 0) throw unsupported('it is one part of a split archive');
    members.push({
      ...values,
      rawName,
      flags,
      name: decodeName(rawName, (flags & UTF8_FLAG) !== 0, 'cp437'),
      method: bytes.readUInt16LE(at + 10),
      crc: bytes.readUInt32LE(at + 16),
      mode: bytes.readUInt8(at + 5) === 3 ? bytes.readUInt16LE(at + 40) : 0,
      modifiedMs: dosTime(bytes.readUInt16LE(at + 12), bytes.readUInt16LE(at + 14)),
    });
    at = next;
  }
  if (at !== bytes.length) throw hostile('its directory is longer than its entries');
  members.sort((a, b) => a.offset - b.offset);
  checkPlaces(members, end.directory);
  return { members, trailing: end.trailing };
}

function checkPlaces(members: readonly ZipMember[], directory: number): void {
  if ((members[0]?.offset ?? directory) !== 0)
    throw hostile('there are other bytes before its first entry, as in a file that is two things at once');
  let free = 0;
  for (const { offset, rawName, packedBytes } of members) {
    if (offset < free) throw beyondLimit('entries lie over each other, so that one place would be unpacked many times');
    free = offset + LOCAL_BYTES + rawName.length + packedBytes;
  }
  if (free > directory) throw damaged('an entry reaches into the directory');
}
