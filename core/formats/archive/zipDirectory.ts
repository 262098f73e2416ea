/** The directory of a zip archive: where each entry lies, checked against tricks before anything is unpacked. */
import { readFully } from '../../files/readFully.ts';
import { sensibleTime } from './archiveEntry.ts';
import { beyondLimit, damaged, hostile, unsupported } from './archiveErrors.ts';
import { decodeName } from './entryNames.ts';
import {
  END_BYTES,
  findEnd,
  FLAG,
  LOCAL_BYTES,
  LOCATOR_BYTES,
  MAX_COMMENT,
  readEntry,
  readLocator,
  readWideEnd,
  WIDE_END_BYTES,
  type ZipEnd,
  type ZipEntryRecord,
} from './zipRecords.ts';

/** Names and fields of two million entries. */
const MAX_DIRECTORY_BYTES = 512 * 2 ** 20;
const ENCRYPTED = FLAG.encrypted | FLAG.strongEncryption | FLAG.maskedHeader;
const SPLIT = 'it is one part of a split archive';

export interface ZipMember extends ZipEntryRecord {
  readonly name: string;
  readonly modifiedMs: number;
}

function read(file: number, length: number, position: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  // A made-up place may be beyond what the system can be asked for.
  if (position < 0 || !Number.isSafeInteger(position) || readFully(file, bytes, length, position) !== length)
    throw damaged('it is cut off');
  return bytes;
}

function readEnd(file: number, sizeBytes: number): ZipEnd & { trailing: number } {
  const length = Math.min(sizeBytes, END_BYTES + MAX_COMMENT + 1024);
  const found = findEnd(read(file, length, sizeBytes - length), false);
  if (found === null) throw damaged('its directory, which is at the end, is missing: it is cut off');
  const { end, at } = found;
  const position = sizeBytes - length + at;
  if (end.disks !== 0) throw unsupported(SPLIT);
  const before = end.wide && position >= LOCATOR_BYTES ? read(file, LOCATOR_BYTES, position - LOCATOR_BYTES) : null;
  const locator = before === null ? null : readLocator(before);
  if (locator === null) return checkEnd(end, end.trailing, position);
  if (locator.disks > 1) throw unsupported(SPLIT);
  const wide = readWideEnd(read(file, WIDE_END_BYTES, locator.record));
  if (wide === null) throw damaged('its ZIP64 record is missing');
  if (wide.disks !== 0) throw unsupported(SPLIT);
  return checkEnd(wide, end.trailing, locator.record);
}

function checkEnd(end: ZipEnd, trailing: number, endsAt: number): ZipEnd & { trailing: number } {
  if (end.directory + end.directoryBytes > endsAt) throw damaged('its directory lies outside of the file');
  if (end.directory + end.directoryBytes < endsAt)
    throw hostile('there are bytes between its directory and its end, or before its beginning');
  return { ...end, trailing };
}

/** DOS date and time have no zone: taken as UTC, so that it is the same everywhere. */
function dosTime({ time, date }: ZipEntryRecord): number {
  return sensibleTime(
    Date.UTC(1980 + (date >> 9), ((date >> 5) & 15) - 1, date & 31, time >> 11, (time >> 5) & 63, (time & 31) * 2),
  );
}

/**
 * All entries in the order they lie in the file, and how many bytes follow the archive's end. `checkCount` is asked
 * whether so many may be read. Overlapping entries are a limit (one place unpacked many times), bytes before the first
 * are refused.
 * @throws {StudioError} archive.hostile, archive.limit, archive.damaged, archive.unsupported
 */
export function readZipDirectory(
  file: number,
  sizeBytes: number,
  checkCount: (count: number) => void,
): { members: ZipMember[]; trailing: number } {
  const end = readEnd(file, sizeBytes);
  checkCount(end.count);
  if (end.directoryBytes > MAX_DIRECTORY_BYTES)
    throw beyondLimit(`its directory has ${end.directoryBytes.toLocaleString('en')} bytes`);
  const bytes = read(file, end.directoryBytes, end.directory);
  const members: ZipMember[] = [];
  let at = 0;
  for (let i = 0; i < end.count; i += 1) {
    const entry = readEntry(bytes, at);
    if (entry === 'cut off') throw damaged('its directory ends early');
    if (entry === 'short ZIP64 field') throw damaged('a ZIP64 field is too short');
    if ((entry.flags & ENCRYPTED) !== 0) throw unsupported('it is encrypted');
    if (entry.disk !== 0) throw unsupported(SPLIT);
    const name = decodeName(entry.rawName, (entry.flags & FLAG.utf8) !== 0, 'cp437');
    members.push({ ...entry, name, modifiedMs: dosTime(entry) });
    at = entry.next;
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
