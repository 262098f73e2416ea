/**
 * Zip archives as weight files use them (.npz, .pth, .keras): members are read in place, nothing is ever unpacked to
 * disk, and names are labels only. Layout: PKWARE's APPNOTE, with ZIP64.
 */
import { constants, crc32, inflateRawSync } from 'node:zlib';
import { StudioError } from '../../contract/errors.ts';
import { damaged } from './byteSource.ts';
import { MemorySource, type RandomAccess } from './randomAccess.ts';
import {
  END_BYTES,
  findEnd,
  FLAG,
  LOCAL_BYTES,
  LOCATOR_BYTES,
  MAX_COMMENT,
  METHOD,
  readEntry,
  readLocalHeader,
  readLocator,
  readWideEnd,
  WIDE_END_BYTES,
  type ZipEnd,
  type ZipEntryRecord,
} from './archive/zipRecords.ts';

const MAX_ENTRIES = 20_000;
const MAX_DIRECTORY_BYTES = 64 * 1024 * 1024;
/** Deflate shrinks at most about 1032 times. */
const MAX_RATIO = 1032;
/** Compressed members are inflated in memory; larger ones must be stored. */
const MAX_INFLATED_BYTES = 2 ** 31 - 1;
/** Enough for any .npy header. */
const HEAD_BYTES = 12_288;

export interface ZipEntry {
  readonly name: string;
  readonly sizeBytes: number;
  readonly compressed: boolean;
  /**
   * A stored member in its place in the file, a compressed one inflated; the checksum is compared where all of it is
   * read.
   */
  open(): RandomAccess;
}

function hostile(path: string, what: string): StudioError {
  return new StudioError('weights.hostile', `${path}: ${what}.`, {
    remedy: 'Do not use this file: no honest tool writes such an archive.',
  });
}

function checkName(path: string, name: string): void {
  const parts = name.split('/');
  if (
    name === '' ||
    name.includes('\0') ||
    name.includes('\\') ||
    name.startsWith('/') ||
    /^[A-Za-z]:/.test(name) ||
    parts.includes('..') ||
    name.length > 1024
  ) {
    throw hostile(
      path,
      `the archive names a member ${JSON.stringify(name.slice(0, 80))}, a path that leads outside it`,
    );
  }
}

function directoryPlace(source: RandomAccess): ZipEnd {
  const { path } = source;
  const tailLength = Math.min(source.sizeBytes, END_BYTES + MAX_COMMENT);
  const tailStart = source.sizeBytes - tailLength;
  const found = findEnd(Buffer.from(source.read(tailStart, tailLength).buffer), true);
  if (found === null) throw damaged(path, 'the archive has no end record, so it is cut short.');
  const at = tailStart + found.at;
  const before = Math.min(LOCATOR_BYTES, at);
  const locator = readLocator(Buffer.from(source.read(at - before, before).buffer));
  const end =
    locator === null ? found.end : readWideEnd(Buffer.from(source.read(locator.record, WIDE_END_BYTES).buffer));
  if (end === null) throw damaged(path, 'its ZIP64 end record is missing.');
  if (end.disks !== 0)
    throw new StudioError('weights.unsupported', `${path} is one part of a split archive.`, {
      remedy: 'Join its parts first.',
    });
  if (end.count > MAX_ENTRIES || end.directoryBytes > MAX_DIRECTORY_BYTES)
    throw new StudioError('weights.limit', `${path} claims ${end.count} members; at most ${MAX_ENTRIES} are read.`, {
      remedy: 'This is no weight file.',
    });
  if (end.directory + end.directoryBytes > at) throw damaged(path, 'its directory lies outside the file.');
  return end;
}

interface Member extends ZipEntryRecord {
  readonly name: string;
}

function memberName(flags: number, rawName: Buffer): string {
  return rawName.toString(flags & FLAG.utf8 ? 'utf8' : 'latin1');
}

function readDirectory(source: RandomAccess): { members: Member[]; directoryStart: number } {
  const { path } = source;
  const { directory, directoryBytes, count } = directoryPlace(source);
  const bytes = Buffer.from(source.read(directory, directoryBytes).buffer);
  const members: Member[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const entry = readEntry(bytes, at);
    if (entry === 'cut off') throw damaged(path, 'its directory is broken.');
    if (entry === 'short ZIP64 field') throw damaged(path, 'a ZIP64 field is too short.');
    members.push({ ...entry, name: memberName(entry.flags, entry.rawName) });
    at = entry.next;
  }
  return { members, directoryStart: directory };
}

/** A stored member without copying the archive. */
class StoredMember implements RandomAccess {
  readonly path: string;
  readonly sizeBytes: number;
  readonly #source: RandomAccess;
  readonly #start: number;
  readonly #crc: number;

  constructor(source: RandomAccess, start: number, sizeBytes: number, crc: number, path: string) {
    this.path = path;
    this.sizeBytes = sizeBytes;
    this.#source = source;
    this.#start = start;
    this.#crc = crc;
  }

  read(offset: number, length: number): Uint8Array<ArrayBuffer> {
    if (offset < 0 || length < 0 || offset + length > this.sizeBytes)
      throw damaged(this.path, `bytes ${offset} to ${offset + length} are needed, the member has ${this.sizeBytes}.`);
    const bytes = this.#source.read(this.#start + offset, length);
    if (length === this.sizeBytes && crc32(bytes) !== this.#crc) throw damaged(this.path, 'its checksum is wrong.');
    return bytes;
  }
}

function inflate(source: RandomAccess, member: Member, start: number, label: string): Uint8Array {
  let bytes: Buffer;
  try {
    bytes = inflateRawSync(source.read(start, member.packedBytes), { maxOutputLength: Math.max(1, member.sizeBytes) });
  } catch (error) {
    if (error instanceof StudioError) throw error;
    throw damaged(label, `it cannot be decompressed (${(error as Error).message}).`);
  }
  if (bytes.length !== member.sizeBytes || crc32(bytes) !== member.crc)
    throw damaged(label, 'its size or checksum is wrong.');
  return bytes;
}

/**
 * A compressed member: its first bytes are had cheaply (headers of many arrays), the rest is inflated once it is asked
 * for.
 */
class CompressedMember implements RandomAccess {
  readonly path: string;
  readonly sizeBytes: number;
  readonly #head: () => Uint8Array;
  readonly #inflate: () => Uint8Array;
  #whole: MemorySource | undefined;
  #start: Uint8Array | undefined;

  constructor(path: string, sizeBytes: number, head: () => Uint8Array, inflateAll: () => Uint8Array) {
    this.path = path;
    this.sizeBytes = sizeBytes;
    this.#head = head;
    this.#inflate = inflateAll;
  }

  read(offset: number, length: number): Uint8Array<ArrayBuffer> {
    if (!this.#whole && this.sizeBytes > HEAD_BYTES && offset >= 0 && length >= 0 && offset + length <= HEAD_BYTES) {
      this.#start ??= this.#head();
      if (offset + length <= this.#start.length) return new Uint8Array(this.#start.subarray(offset, offset + length));
    }
    this.#whole ??= new MemorySource(this.path, this.#inflate());
    return this.#whole.read(offset, length);
  }
}

function openMember(source: RandomAccess, member: Member): RandomAccess {
  const label = `${source.path} (${member.name})`;
  const local = readLocalHeader(Buffer.from(source.read(member.offset, LOCAL_BYTES).buffer));
  if (local === null) throw damaged(label, 'the archive contradicts itself about it.');
  const start = member.offset + LOCAL_BYTES + local.nameBytes + local.extraBytes;
  const name = Buffer.from(source.read(member.offset + LOCAL_BYTES, local.nameBytes).buffer);
  if (memberName(member.flags, name) !== member.name || local.method !== member.method)
    throw damaged(label, 'the archive contradicts itself about it.');
  if (member.method === METHOD.stored) return new StoredMember(source, start, member.sizeBytes, member.crc, label);
  const head = (): Uint8Array => {
    try {
      return inflateRawSync(source.read(start, Math.min(member.packedBytes, HEAD_BYTES)), {
        finishFlush: constants.Z_SYNC_FLUSH,
      }).subarray(0, HEAD_BYTES);
    } catch (error) {
      if (error instanceof StudioError) throw error;
      throw damaged(label, `it cannot be decompressed (${(error as Error).message}).`);
    }
  };
  return new CompressedMember(label, member.sizeBytes, head, () => inflate(source, member, start, label));
}

/**
 * The members by name.
 * @throws {StudioError} weights.hostile (names that leave the archive, overlapping members), weights.damaged,
 *   weights.limit (bombs), weights.unsupported (encryption, split archives, other compressions)
 */
export function openZip(source: RandomAccess): ReadonlyMap<string, ZipEntry> {
  const { path } = source;
  const { members, directoryStart } = readDirectory(source);
  const entries = new Map<string, ZipEntry>();
  let end = 0;
  for (const member of [...members].sort((a, b) => a.offset - b.offset)) {
    if (member.offset < end) throw hostile(path, 'its members overlap');
    end = member.offset + LOCAL_BYTES + member.packedBytes;
    if (end > directoryStart)
      throw damaged(path, `the member "${member.name.slice(0, 80)}" reaches beyond the archive's contents.`);
  }
  for (const member of members) {
    const { name, sizeBytes: size } = member;
    checkName(path, name);
    if (entries.has(name)) throw hostile(path, `it holds two members called "${name.slice(0, 80)}"`);
    if (member.flags & FLAG.encrypted)
      throw new StudioError('weights.unsupported', `${path} is encrypted.`, { remedy: 'Decrypt it first.' });
    if (member.method !== METHOD.stored && member.method !== METHOD.deflated)
      throw new StudioError('weights.unsupported', `${path} uses the zip compression ${member.method}.`, {
        remedy: 'Pack it again without compression.',
      });
    if (member.method === METHOD.stored && member.packedBytes !== size)
      throw damaged(path, `the sizes of "${name.slice(0, 80)}" disagree.`);
    if (
      member.method === METHOD.deflated &&
      (size > MAX_INFLATED_BYTES || size > (member.packedBytes + 16) * MAX_RATIO)
    )
      throw new StudioError('weights.limit', `${path}: "${name.slice(0, 80)}" claims to unpack to ${size} bytes.`, {
        remedy: 'Do not use this file, or pack it again without compression.',
      });
    entries.set(name, {
      name,
      sizeBytes: size,
      compressed: member.method !== METHOD.stored,
      open: () => openMember(source, member),
    });
  }
  return entries;
}
