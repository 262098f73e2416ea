/**
 * Zip archives as weight files use them (.npz, .pth, .keras): members are read in place, nothing is ever unpacked to disk, and names are labels only.
 * Layout: PKWARE's APPNOTE, with ZIP64.
 */
import { constants, crc32, inflateRawSync } from 'node:zlib';
import { StudioError } from '../../contract/errors.ts';
import { damaged } from './byteSource.ts';
import { MemorySource, type RandomAccess } from './randomAccess.ts';

const MAX_ENTRIES = 20_000;
const MAX_DIRECTORY_BYTES = 64 * 1024 * 1024;
/** Deflate shrinks at most about 1032 times. */
const MAX_RATIO = 1032;
/** Compressed members are inflated in memory; larger ones must be stored. */
const MAX_INFLATED_BYTES = 2 ** 31 - 1;
/** Enough for any .npy header. */
const HEAD_BYTES = 12_288;
const END_BYTES = 22;
const UTF8_FLAG = 0x800;

export interface ZipEntry {
  readonly name: string;
  readonly sizeBytes: number;
  readonly compressed: boolean;
  /** A stored member in its place in the file, a compressed one inflated; the checksum is compared where all of it is read. */
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

function directoryPlace(source: RandomAccess): { offset: number; length: number; count: number } {
  const { path } = source;
  const tailLength = Math.min(source.sizeBytes, END_BYTES + 65_535);
  const tailStart = source.sizeBytes - tailLength;
  const tail = Buffer.from(source.read(tailStart, tailLength).buffer);
  let at = tail.length - END_BYTES;
  while (
    at >= 0 &&
    !(tail.readUInt32LE(at) === 0x06054b50 && at + END_BYTES + tail.readUInt16LE(at + 20) === tail.length)
  )
    at--;
  if (at < 0) throw damaged(path, 'the archive has no end record, so it is cut short.');
  let count = tail.readUInt16LE(at + 10);
  let length = tail.readUInt32LE(at + 12);
  let offset = tail.readUInt32LE(at + 16);
  let disks = tail.readUInt16LE(at + 4);
  const end = tailStart + at;
  const locator =
    at >= 20 && tail.readUInt32LE(at - 20) === 0x07064b50 ? Number(tail.readBigUInt64LE(at - 12)) : undefined;
  if (locator !== undefined) {
    const record = Buffer.from(source.read(locator, 56).buffer);
    if (record.readUInt32LE(0) !== 0x06064b50) throw damaged(path, 'its ZIP64 end record is missing.');
    disks = record.readUInt32LE(16);
    count = Number(record.readBigUInt64LE(32));
    length = Number(record.readBigUInt64LE(40));
    offset = Number(record.readBigUInt64LE(48));
  }
  if (disks !== 0)
    throw new StudioError('weights.unsupported', `${path} is one part of a split archive.`, {
      remedy: 'Join its parts first.',
    });
  if (count > MAX_ENTRIES || length > MAX_DIRECTORY_BYTES)
    throw new StudioError('weights.limit', `${path} claims ${count} members; at most ${MAX_ENTRIES} are read.`, {
      remedy: 'This is no weight file.',
    });
  if (offset + length > end) throw damaged(path, 'its directory lies outside the file.');
  return { offset, length, count };
}

interface Member {
  name: string;
  flags: number;
  method: number;
  crc: number;
  stored: number;
  size: number;
  header: number;
}

/** ZIP64 extra field: the sizes and the place that do not fit 32 bits, in this order. */
function widen(member: Member, extra: Buffer, path: string): void {
  for (let at = 0; at + 4 <= extra.length;) {
    const length = extra.readUInt16LE(at + 2);
    const field = extra.subarray(at + 4, at + 4 + length);
    if (extra.readUInt16LE(at) === 1) {
      let place = 0;
      const next = (): number => {
        if (place + 8 > field.length) throw damaged(path, 'a ZIP64 field is too short.');
        place += 8;
        return Number(field.readBigUInt64LE(place - 8));
      };
      if (member.size === 0xffffffff) member.size = next();
      if (member.stored === 0xffffffff) member.stored = next();
      if (member.header === 0xffffffff) member.header = next();
      return;
    }
    at += 4 + length;
  }
}

function readDirectory(source: RandomAccess): { members: Member[]; directoryStart: number } {
  const { path } = source;
  const { offset, length, count } = directoryPlace(source);
  const bytes = Buffer.from(source.read(offset, length).buffer);
  const members: Member[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > length || bytes.readUInt32LE(at) !== 0x02014b50) throw damaged(path, 'its directory is broken.');
    const nameLength = bytes.readUInt16LE(at + 28);
    const extraLength = bytes.readUInt16LE(at + 30);
    const next = at + 46 + nameLength + extraLength + bytes.readUInt16LE(at + 32);
    if (next > length) throw damaged(path, 'its directory is broken.');
    const flags = bytes.readUInt16LE(at + 8);
    const member: Member = {
      name: bytes.toString(flags & UTF8_FLAG ? 'utf8' : 'latin1', at + 46, at + 46 + nameLength),
      flags,
      method: bytes.readUInt16LE(at + 10),
      crc: bytes.readUInt32LE(at + 16),
      stored: bytes.readUInt32LE(at + 20),
      size: bytes.readUInt32LE(at + 24),
      header: bytes.readUInt32LE(at + 42),
    };
    widen(member, bytes.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength), path);
    members.push(member);
    at = next;
  }
  return { members, directoryStart: offset };
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
    bytes = inflateRawSync(source.read(start, member.stored), { maxOutputLength: Math.max(1, member.size) });
  } catch (error) {
    if (error instanceof StudioError) throw error;
    throw damaged(label, `it cannot be decompressed (${(error as Error).message}).`);
  }
  if (bytes.length !== member.size || crc32(bytes) !== member.crc)
    throw damaged(label, 'its size or checksum is wrong.');
  return bytes;
}

/** A compressed member: its first bytes are had cheaply (headers of many arrays), the rest is inflated once it is asked for. */
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
  const local = Buffer.from(source.read(member.header, 30).buffer);
  const nameLength = local.readUInt16LE(26);
  const start = member.header + 30 + nameLength + local.readUInt16LE(28);
  const name = Buffer.from(source.read(member.header + 30, nameLength).buffer).toString(
    member.flags & UTF8_FLAG ? 'utf8' : 'latin1',
  );
  if (local.readUInt32LE(0) !== 0x04034b50 || name !== member.name || local.readUInt16LE(8) !== member.method)
    throw damaged(label, 'the archive contradicts itself about it.');
  if (member.method === 0) return new StoredMember(source, start, member.size, member.crc, label);
  const head = (): Uint8Array => {
    try {
      return inflateRawSync(source.read(start, Math.min(member.stored, HEAD_BYTES)), {
        finishFlush: constants.Z_SYNC_FLUSH,
      }).subarray(0, HEAD_BYTES);
    } catch (error) {
      if (error instanceof StudioError) throw error;
      throw damaged(label, `it cannot be decompressed (${(error as Error).message}).`);
    }
  };
  return new CompressedMember(label, member.size, head, () => inflate(source, member, start, label));
}

/**
 * The members by name. Errors: `weights.hostile` (names that leave the archive, overlapping members), `weights.damaged`, `weights.limit` (bombs),
 * `weights.unsupported` (encryption, split archives, other compressions).
 */
export function openZip(source: RandomAccess): ReadonlyMap<string, ZipEntry> {
  const { path } = source;
  const { members, directoryStart } = readDirectory(source);
  const entries = new Map<string, ZipEntry>();
  let end = 0;
  for (const member of [...members].sort((a, b) => a.header - b.header)) {
    if (member.header < end) throw hostile(path, 'its members overlap');
    end = member.header + 30 + member.stored;
    if (end > directoryStart)
      throw damaged(path, `the member "${member.name.slice(0, 80)}" reaches beyond the archive's contents.`);
  }
  for (const member of members) {
    const { name, size } = member;
    checkName(path, name);
    if (entries.has(name)) throw hostile(path, `it holds two members called "${name.slice(0, 80)}"`);
    if (member.flags & 1)
      throw new StudioError('weights.unsupported', `${path} is encrypted.`, { remedy: 'Decrypt it first.' });
    if (member.method !== 0 && member.method !== 8)
      throw new StudioError('weights.unsupported', `${path} uses the zip compression ${member.method}.`, {
        remedy: 'Pack it again without compression.',
      });
    if (member.method === 0 && member.stored !== size)
      throw damaged(path, `the sizes of "${name.slice(0, 80)}" disagree.`);
    if (member.method === 8 && (size > MAX_INFLATED_BYTES || size > (member.stored + 16) * MAX_RATIO))
      throw new StudioError('weights.limit', `${path}: "${name.slice(0, 80)}" claims to unpack to ${size} bytes.`, {
        remedy: 'Do not use this file, or pack it again without compression.',
      });
    entries.set(name, {
      name,
      sizeBytes: size,
      compressed: member.method !== 0,
      open: () => openMember(source, member),
    });
  }
  return entries;
}
