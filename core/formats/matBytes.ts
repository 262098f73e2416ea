/**
 * Arrays of bytes in a MATLAB file of level 5, as a stream: images fill more than should be held at once. Format:
 * "MAT-File Format", The MathWorks, chapter 1.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInflate } from 'node:zlib';
import { elementAt, MAT_TYPE, MatProblem, numbersOf } from './matFile.ts';

export interface MatBytes {
  readonly name: string;
  readonly shape: readonly number[];
  /** In MATLAB's order, column by column; to be read before the next array is asked for. */
  content(): AsyncGenerator<Buffer, void, undefined>;
}

const FILE_HEADER_BYTES = 128;
const TAG_BYTES = 8;
/** Tag, flags, shape and name of an array, and the tag of its numbers. */
const MOST_ARRAY_HEADER_BYTES = 512;
const UINT8 = 2;

/**
 * Arrays whose numbers are bytes; others are passed over.
 * @throws {MatProblem}
 */
export async function* matBytes(path: string): AsyncGenerator<MatBytes, void, undefined> {
  const file = await open(path, 'r');
  try {
    const header = await bytesAt(file, 0, FILE_HEADER_BYTES);
    if (header.toString('latin1', 126, 128) !== 'IM') throw new MatProblem('is no MATLAB file of level 5');
    const { size } = await file.stat();
    for (let at = FILE_HEADER_BYTES; at + TAG_BYTES <= size;) {
      const tag = await bytesAt(file, at, TAG_BYTES);
      const [type, length] = [tag.readUInt32LE(0), tag.readUInt32LE(4)];
      const start = at + TAG_BYTES;
      at = start + (type === MAT_TYPE.compressed ? length : Math.ceil(length / 8) * 8);
      if (start + length > size) throw new MatProblem('is cut off');
      if (type !== MAT_TYPE.compressed && type !== MAT_TYPE.matrix) continue;
      const queue = new ByteQueue(partsOf(path, type, start, length));
      try {
        const array = await arrayIn(queue, type);
        if (array !== null) yield array;
      } finally {
        await queue.close();
      }
    }
  } finally {
    await file.close();
  }
}

async function bytesAt(file: Awaited<ReturnType<typeof open>>, at: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
  if (bytesRead < length) throw new MatProblem('is cut off');
  return buffer;
}

/** What an element holds, unpacked. */
function partsOf(path: string, type: number, start: number, length: number): AsyncIterator<Buffer, undefined> {
  const stored = createReadStream(path, { start, end: start + Math.max(0, length - 1) });
  if (type !== MAT_TYPE.compressed) return stored[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  const inflate = createInflate();
  stored.once('error', (error) => inflate.destroy(error));
  return stored.pipe(inflate)[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
}

async function arrayIn(queue: ByteQueue, type: number): Promise<MatBytes | null> {
  const head = await queue.peek(MOST_ARRAY_HEADER_BYTES);
  // a compressed element holds a whole one, with its own tag
  const body = type === MAT_TYPE.compressed ? TAG_BYTES : 0;
  if (type === MAT_TYPE.compressed && head.readUInt32LE(0) !== MAT_TYPE.matrix) return null;
  const flags = elementAt(head, body, true);
  const shape = elementAt(head, flags.next, true);
  const name = elementAt(head, shape.next, true);
  const numbers = name.next;
  if (numbers + TAG_BYTES > head.length || head.readUInt32LE(numbers) !== UINT8) return null;
  const length = head.readUInt32LE(numbers + 4);
  return {
    name: name.data.toString('latin1'),
    shape: numbersOf(shape, true),
    async *content() {
      await queue.skip(numbers + TAG_BYTES);
      yield* queue.take(length);
    },
  };
}

/** Bytes of a stream, looked at before they are taken. */
class ByteQueue {
  readonly #parts: AsyncIterator<Buffer, undefined>;
  #ahead: Buffer = Buffer.alloc(0);

  constructor(parts: AsyncIterator<Buffer, undefined>) {
    this.#parts = parts;
  }

  /** As many bytes as there are, up to `length`. */
  async peek(length: number): Promise<Buffer> {
    while (this.#ahead.length < length) {
      const part = await this.#next();
      if (part === null) break;
      this.#ahead = Buffer.concat([this.#ahead, part]);
    }
    return this.#ahead.subarray(0, length);
  }

  async skip(length: number): Promise<void> {
    await this.peek(length);
    this.#ahead = this.#ahead.subarray(length);
  }

  /** @throws {MatProblem} there are fewer */
  async *take(length: number): AsyncGenerator<Buffer, void, undefined> {
    for (let left = length; left > 0;) {
      const part = this.#ahead.length > 0 ? this.#ahead : await this.#next();
      if (part === null) throw new MatProblem('is cut off');
      const own = part.subarray(0, left);
      this.#ahead = part.subarray(own.length);
      left -= own.length;
      yield own;
    }
  }

  async close(): Promise<void> {
    await this.#parts.return?.();
  }

  async #next(): Promise<Buffer | null> {
    try {
      const part = await this.#parts.next();
      return part.done === true ? null : part.value;
    } catch (error) {
      throw new MatProblem('is damaged: a part of it cannot be unpacked', { cause: error });
    }
  }
}
