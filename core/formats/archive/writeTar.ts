/** Writes a folder as a tar archive (POSIX ustar), plain or packed: what every system unpacks. */
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, createZstdCompress } from 'node:zlib';
import { StudioError } from '../../../contract/errors.ts';
import { BLOCK } from './tarHeader.ts';
import type { TarPacking } from './tarReader.ts';

/** Eleven octal digits. */
const MAX_FILE_BYTES = 8 ** 11 - 1;
const MAX_NAME = 100;

/** A file of an archive, from a file on the disk or from memory. */
export interface TarFile {
  /** With `/` between folders. */
  readonly name: string;
  readonly content: string | Uint8Array;
  /** Milliseconds since 1970. */
  readonly modifiedMs?: number;
}

/**
 * All files below `folder`, under the folder's own name.
 * @throws {StudioError} weights.limit: a file or name that the format cannot hold
 */
export async function writeTar(folder: string, output: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
  const named = files.map((file) => ({
    name: [basename(folder), ...relative(folder, file).split(sep)].join('/'),
    content: file,
  }));
  await writeTarOf(named, output);
}

export interface TarWriting {
  readonly packing?: TarPacking;
  readonly signal?: AbortSignal | undefined;
  /** Bytes of files that were taken in since it was last called. */
  readonly onBytes?: (bytes: number) => void;
}

/**
 * Those files in their order; `content` that is text is the path of a file.
 * @throws {StudioError} weights.limit: a file or name that the format cannot hold
 */
export async function writeTarOf(
  files: readonly TarFile[],
  output: string,
  { packing = 'plain', signal, onBytes }: TarWriting = {},
): Promise<void> {
  async function* archive(): AsyncGenerator<Uint8Array> {
    for (const { name, content, modifiedMs } of files) {
      const { size, mtimeMs } =
        typeof content === 'string' ? await stat(content) : { size: content.length, mtimeMs: 0 };
      yield header(name, size, modifiedMs ?? mtimeMs);
      const parts = typeof content === 'string' ? (createReadStream(content) as AsyncIterable<Buffer>) : [content];
      for await (const part of parts) {
        onBytes?.(part.length);
        yield part;
      }
      yield Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
    }
    yield Buffer.alloc(2 * BLOCK);
  }
  const file = createWriteStream(output, { flags: 'wx' });
  const ended = signal ? { signal } : {};
  if (packing === 'plain') await pipeline(Readable.from(archive()), file, ended);
  else await pipeline(Readable.from(archive()), packing === 'gzip' ? createGzip() : createZstdCompress(), file, ended);
}

function header(name: string, size: number, mtimeMs: number): Buffer {
  if (size > MAX_FILE_BYTES || Buffer.byteLength(name) > MAX_NAME)
    throw new StudioError(
      'weights.limit',
      `${name} cannot be in a tar archive: it is larger than 8 GiB, or its name is too long.`,
      { remedy: 'Export on the command line: quorum weights export writes the folder itself.' },
    );
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  block.write(name, 0);
  block.write(octal(0o644, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(size, 11), 124);
  block.write(octal(Math.floor(mtimeMs / 1000), 11), 136);
  // The checksum is that of the block with blanks in its place.
  block.write(' '.repeat(8), 148);
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  block.write(
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  );
  return block;
}
