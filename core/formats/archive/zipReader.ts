/** Reading the entries of a zip archive in the order they lie in the file. */
import { isUtf8 } from 'node:buffer';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { Readable } from 'node:stream';
import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib';
import { systemCode } from '../../files/fileErrors.ts';
import { readFully } from '../../files/readFully.ts';
import { type ArchiveEntry, type ArchiveReader, EntryProblem } from './archiveEntry.ts';
import { beyondLimit, damaged, hostile, unsupported } from './archiveErrors.ts';
import { readZipDirectory, type ZipMember } from './zipDirectory.ts';
import { FLAG, LOCAL_BYTES, METHOD, readLocalHeader } from './zipRecords.ts';

/** Unpacked in one go up to this size, bytes; larger ones chunk by chunk. */
const AT_ONCE_BYTES = 2 ** 20;
const CHUNK_BYTES = 2 ** 16;
const MAX_LINK_BYTES = 4096;

function kindOf({ name, mode }: ZipMember): ArchiveEntry['kind'] {
  switch (mode & 0o170000) {
    case 0o120000:
      return 'symlink';
    case 0o040000:
      return 'folder';
    case 0o010000:
    case 0o020000:
    case 0o060000:
    case 0o140000:
      return 'special';
    default:
      return name.endsWith('/') ? 'folder' : 'file';
  }
}

export class ZipReader implements ArchiveReader {
  readonly notes: string[] = [];
  readonly #file: number;
  readonly #sizeBytes: number;
  readonly #checkCount: (count: number) => void;
  #position = 0;

  /** @param checkCount throws when there are too many entries, before the directory is read */
  constructor(path: string, checkCount: (count: number) => void) {
    this.#checkCount = checkCount;
    this.#file = openSync(path, 'r');
    this.#sizeBytes = fstatSync(this.#file).size;
  }

  progress(): { done: number; total: number } {
    return { done: this.#position, total: this.#sizeBytes };
  }

  close(): void {
    closeSync(this.#file);
  }

  /** Names that say no encoding and are no UTF-8: what they were read as may be wrong. */
  #noteAssumedNames(members: readonly ZipMember[]): void {
    const assumed = members.filter(({ flags, rawName }) => (flags & FLAG.utf8) === 0 && !isUtf8(rawName));
    const [first] = assumed;
    if (first)
      this.notes.push(
        `WARNING: ${assumed.length.toLocaleString('en')} names in the archive say no encoding and were read as code ` +
          `page 437 (${first.name}); where they look wrong, unpack it with its own program and import the folder`,
      );
  }

  async *entries(): AsyncGenerator<ArchiveEntry, void, undefined> {
    const { members, trailing } = readZipDirectory(this.#file, this.#sizeBytes, this.#checkCount);
    if (trailing > 0)
      this.notes.push(
        `there are ${trailing.toLocaleString('en')} bytes behind the end of the archive; they were ignored`,
      );
    this.#noteAssumedNames(members);
    for (const [i, member] of members.entries()) {
      const { name, method, modifiedMs, sizeBytes, packedBytes, offset } = member;
      const kind = kindOf(member);
      if (method !== METHOD.stored && method !== METHOD.deflated)
        throw unsupported(`${JSON.stringify(name)} is packed with the unknown method ${method}`);
      const start = this.#contentStart(member);
      if (start + packedBytes > (members[i + 1]?.offset ?? this.#sizeBytes))
        throw beyondLimit('entries lie over each other, so that one place would be unpacked many times');
      this.#position = offset;
      const target = kind === 'symlink' ? await this.#linkTarget(member, start) : '';
      yield { name, kind, target, modifiedMs, sizeBytes, packedBytes, content: () => this.#content(member, start) };
    }
    this.#position = this.#sizeBytes;
  }

  /**
   * Where the content starts.
   * @throws {StudioError} archive.hostile: the local header says something else than the directory
   */
  #contentStart(member: ZipMember): number {
    const { offset, rawName, flags, method, sizeBytes, packedBytes, crc } = member;
    const bytes = Buffer.allocUnsafe(LOCAL_BYTES + rawName.length);
    const whole = readFully(this.#file, bytes, bytes.length, offset) === bytes.length;
    const local = whole ? readLocalHeader(bytes) : null;
    if (local === null) throw damaged(`the header of ${JSON.stringify(member.name)} is missing`);
    const later = (flags & FLAG.sizesLater) !== 0;
    const same = (own: number, value: number): boolean => own === value || own === 0xffffffff || (later && own === 0);
    const agrees =
      local.nameBytes === rawName.length &&
      bytes.subarray(LOCAL_BYTES).equals(rawName) &&
      local.method === method &&
      local.flags === flags &&
      same(local.crc, crc) &&
      same(local.packedBytes, packedBytes) &&
      same(local.sizeBytes, sizeBytes);
    if (!agrees) throw hostile(`its directory and the header of ${JSON.stringify(member.name)} say different things`);
    return offset + LOCAL_BYTES + rawName.length + local.extraBytes;
  }

  async #linkTarget(member: ZipMember, start: number): Promise<string> {
    if (member.sizeBytes > MAX_LINK_BYTES)
      throw hostile(`the link ${JSON.stringify(member.name)} is ${member.sizeBytes} bytes long`);
    const parts: Uint8Array[] = [];
    for await (const part of this.#content(member, start)) parts.push(part);
    return Buffer.concat(parts).toString('utf8');
  }

  async *#content(member: ZipMember, start: number): AsyncGenerator<Uint8Array, void, undefined> {
    let sizeBytes = 0;
    let crc = 0;
    for await (const part of this.#unpack(member, start)) {
      sizeBytes += part.length;
      if (sizeBytes > member.sizeBytes)
        throw beyondLimit(
          `${JSON.stringify(member.name)} unpacks to more than the ${member.sizeBytes.toLocaleString('en')} bytes it ` +
            'claims',
        );
      crc = crc32(part, crc);
      yield part;
    }
    if (sizeBytes < member.sizeBytes)
      throw damaged(
        `${JSON.stringify(member.name)} claims ${member.sizeBytes.toLocaleString('en')} bytes and has ` +
          `${sizeBytes.toLocaleString('en')}`,
      );
    if (crc !== member.crc) throw new EntryProblem('its checksum in the archive is wrong');
  }

  async *#unpack(member: ZipMember, start: number): AsyncGenerator<Uint8Array, void, undefined> {
    if (member.method === METHOD.stored) {
      yield* this.#read(start, member.packedBytes);
      return;
    }
    try {
      if (member.sizeBytes <= AT_ONCE_BYTES && member.packedBytes <= AT_ONCE_BYTES) {
        const packed = Buffer.allocUnsafe(member.packedBytes);
        if (readFully(this.#file, packed, packed.length, start) !== packed.length) throw damaged('it is cut off');
        // One byte more than claimed is enough to see that the claim is wrong.
        yield inflateRawSync(packed, { maxOutputLength: member.sizeBytes + 1 });
        return;
      }
      const inflate = createInflateRaw({ chunkSize: CHUNK_BYTES });
      Readable.from(this.#read(start, member.packedBytes))
        .on('error', (error) => inflate.destroy(error))
        .pipe(inflate);
      yield* inflate as AsyncIterable<Uint8Array>;
    } catch (error) {
      const code = systemCode(error);
      if (code === 'ERR_BUFFER_TOO_LARGE')
        throw beyondLimit(
          `${JSON.stringify(member.name)} unpacks to more than the ${member.sizeBytes.toLocaleString('en')} bytes it ` +
            'claims',
        );
      if (code?.startsWith('Z_'))
        throw new EntryProblem(`its data in the archive is damaged (${error instanceof Error ? error.message : code})`);
      throw error;
    }
  }

  *#read(start: number, length: number): Generator<Uint8Array, void, undefined> {
    for (let done = 0; done < length;) {
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, length - done));
      if (readFully(this.#file, chunk, chunk.length, start + done) !== chunk.length) throw damaged('it is cut off');
      done += chunk.length;
      yield chunk;
    }
  }
}
