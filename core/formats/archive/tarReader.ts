/** Reading a tar archive from front to back, plain or packed by gzip or Zstandard, with constant memory. */
import { createReadStream, statSync } from 'node:fs';
import type { Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { systemCode } from '../../files/fileErrors.ts';
import { type ArchiveEntry, type ArchiveReader, EntryProblem, sensibleTime } from './archiveEntry.ts';
import { beyondLimit, damaged, hostile, unsupported } from './archiveErrors.ts';
import { createZstdUnpacker } from './zstandard.ts';
import { BLOCK, parsePax, parseTarHeader, type TarHeader } from './tarHeader.ts';

/** Extended headers (long names, pax records) above this size are no names any more. */
const MAX_META_BYTES = 2 ** 20;
const CUT_OFF = 'the archive is cut off: files after that place are missing';
const KINDS: Readonly<Record<string, ArchiveEntry['kind']>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'special',
  '4': 'special',
  '5': 'folder',
  '6': 'special',
};

/** Takes exact numbers of bytes from a stream of chunks. */
class ByteStream {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);
  /** The stream ended before its end mark, as a cut-off gzip file does. */
  cut = false;

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** At least one byte and `most` at most; empty at the end. */
  async some(most: number): Promise<Buffer> {
    while (this.#rest.length === 0) {
      const chunk = await this.#next();
      if (chunk === null) return Buffer.alloc(0);
      this.#rest = chunk;
    }
    const part = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(part.length);
    return part;
  }

  /** `length` bytes, fewer only at the end. */
  async take(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    let missing = length;
    while (missing > 0) {
      const part = await this.some(missing);
      if (part.length === 0) break;
      parts.push(part);
      missing -= part.length;
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  async #next(): Promise<Buffer | null> {
    try {
      const next: IteratorResult<Buffer, unknown> = await this.#chunks.next();
      return next.done === true ? null : next.value;
    } catch (error) {
      if (systemCode(error) === 'Z_BUF_ERROR') {
        this.cut = true;
        return null;
      }
      if (systemCode(error)?.startsWith('Z_') || systemCode(error)?.startsWith('ZSTD_'))
        throw damaged(`its packed data is damaged (${error instanceof Error ? error.message : 'unknown error'})`);
      throw error;
    }
  }
}

interface Extended {
  name?: string;
  target?: string;
  sizeBytes?: number;
  modifiedMs?: number;
}

export type TarPacking = 'plain' | 'gzip' | 'zstd';

export class TarReader implements ArchiveReader {
  readonly notes: string[] = [];
  readonly #sizeBytes: number;
  readonly #stream: ByteStream;
  readonly #bytesRead: () => number;
  readonly #close: () => void;
  readonly #isPacked: boolean;

  /** @throws {StudioError} archive.unsupported: this Node knows no Zstandard */
  constructor(path: string, packing: TarPacking) {
    this.#isPacked = packing !== 'plain';
    this.#sizeBytes = statSync(path).size;
    const file = createReadStream(path, { highWaterMark: 2 ** 18 });
    if (packing !== 'plain') {
      const unpacker = packing === 'gzip' ? createGunzip({ chunkSize: 2 ** 16 }) : createZstdUnpacker();
      file.on('error', (error) => unpacker.destroy(error));
      file.pipe(unpacker);
      this.#stream = new ByteStream(unpacker as Transform as AsyncIterable<Buffer>);
      this.#bytesRead = () => unpacker.bytesWritten;
      this.#close = () => {
        file.destroy();
        unpacker.destroy();
      };
    } else {
      this.#stream = new ByteStream(file as AsyncIterable<Buffer>);
      this.#bytesRead = () => file.bytesRead;
      this.#close = () => file.destroy();
    }
  }

  progress(): { done: number; total: number } {
    return { done: Math.min(this.#bytesRead(), this.#sizeBytes), total: this.#sizeBytes };
  }

  close(): void {
    this.#close();
  }

  async *entries(): AsyncGenerator<ArchiveEntry, void, undefined> {
    let extended: Extended = {};
    let everywhere: Extended = {};
    for (let first = true; ; first = false) {
      const block = await this.#stream.take(BLOCK);
      if (first && block.length > 1 && block.readUInt16BE(0) === 0x1f8b)
        throw beyondLimit('it is packed twice; nothing is unpacked from inside an archive');
      if (block.length < BLOCK) {
        this.#explainEnd(block, first);
        return;
      }
      const header = parseTarHeader(block);
      if (header === null) {
        await this.#finish();
        return;
      }
      if (header.type === 'x' || header.type === 'g') {
        const found = fromPax(parsePax(await this.#meta(header)));
        if (header.type === 'x') extended = found;
        else everywhere = { ...everywhere, ...found };
      } else if (header.type === 'L') extended = { ...extended, name: await this.#longName(header) };
      else if (header.type === 'K') extended = { ...extended, target: await this.#longName(header) };
      else {
        yield* this.#entry(header, { ...everywhere, ...extended });
        extended = {};
      }
    }
  }

  async *#entry(header: TarHeader, extended: Extended): AsyncGenerator<ArchiveEntry, void, undefined> {
    const name = extended.name ?? header.name;
    if (header.type === 'S') throw hostile(`${JSON.stringify(name)} is a sparse file, whose size is only claimed`);
    const kind = header.type === '0' && name.endsWith('/') ? 'folder' : KINDS[header.type];
    if (kind === undefined)
      throw unsupported(`${JSON.stringify(name)} is of the unknown kind ${JSON.stringify(header.type)}`);
    if (extended.sizeBytes !== undefined && header.sizeBytes !== 0 && header.sizeBytes !== extended.sizeBytes)
      throw hostile(`${JSON.stringify(name)} has two sizes, ${header.sizeBytes} and ${extended.sizeBytes}`);
    const sizeBytes = kind === 'file' ? (extended.sizeBytes ?? header.sizeBytes) : 0;
    let left = sizeBytes;
    const stream = this.#stream;
    const noteCut = (): void => this.#noteCut();
    const take = async function* (): AsyncGenerator<Uint8Array> {
      while (left > 0) {
        const part = await stream.some(Math.min(left, 2 ** 16));
        if (part.length === 0) {
          noteCut();
          throw new EntryProblem('the archive is cut off inside of it');
        }
        left -= part.length;
        yield part;
      }
    };
    yield {
      name,
      kind,
      target: extended.target ?? header.target,
      modifiedMs: sensibleTime(extended.modifiedMs ?? header.modifiedMs),
      sizeBytes,
      packedBytes: 0,
      content: take,
    };
    // What the caller left, and the padding to whole blocks.
    for (let rest = left + ((BLOCK - (sizeBytes % BLOCK)) % BLOCK); rest > 0;) {
      const part = await stream.some(Math.min(rest, 2 ** 16));
      if (part.length === 0) break;
      rest -= part.length;
    }
  }

  async #meta(header: TarHeader): Promise<Buffer> {
    if (header.sizeBytes > MAX_META_BYTES)
      throw beyondLimit(`an extended header has ${header.sizeBytes.toLocaleString('en')} bytes`);
    const padded = Math.ceil(header.sizeBytes / BLOCK) * BLOCK;
    const bytes = await this.#stream.take(padded);
    if (bytes.length < header.sizeBytes) throw damaged('it is cut off inside of an extended header');
    return bytes.subarray(0, header.sizeBytes);
  }

  async #longName(header: TarHeader): Promise<string> {
    const bytes = await this.#meta(header);
    return bytes.toString('utf8').replace(/\0$/, '');
  }

  #explainEnd(rest: Buffer, first: boolean): void {
    if (first && rest.length === 0 && !this.#stream.cut) return;
    if (first) throw damaged('it is too short for a tar archive');
    if (rest.length > 0 || this.#stream.cut) this.#noteCut();
    else if (this.notes.length === 0)
      this.notes.push('the archive has no end mark: if it is cut off, files after that place are missing');
  }

  #noteCut(): void {
    if (!this.notes.includes(CUT_OFF)) this.notes.push(CUT_OFF);
  }

  /** After the end mark there should be nothing but zeros. */
  async #finish(): Promise<void> {
    let garbage = false;
    for (let part = await this.#stream.some(2 ** 16); part.length > 0; part = await this.#stream.some(2 ** 16))
      garbage ||= part.some((byte) => byte !== 0);
    if (garbage || (this.#isPacked && this.#bytesRead() < this.#sizeBytes))
      this.notes.push('there are bytes behind the end of the archive; they were ignored');
  }
}

function fromPax(records: ReadonlyMap<string, string>): Extended {
  const [path, target, size, time] = [
    records.get('path'),
    records.get('linkpath'),
    records.get('size'),
    records.get('mtime'),
  ];
  if (size !== undefined && !/^\d{1,15}$/.test(size)) throw damaged('a pax header has an impossible size');
  return {
    ...(path !== undefined && { name: path }),
    ...(target !== undefined && { target }),
    ...(size !== undefined && { sizeBytes: Number(size) }),
    ...(time !== undefined && Number.isFinite(Number(time)) && { modifiedMs: Number(time) * 1000 }),
  };
}
