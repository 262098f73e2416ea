/**
 * The sorted table that TensorFlow's checkpoint index is (LevelDB's table format): keys with short binary values,
 * uncompressed blocks.
 */
import { StudioError } from '../../contract/errors.ts';
import { damaged } from './byteSource.ts';
import { readVarint } from './protobufWire.ts';
import { Cursor, type RandomAccess } from './randomAccess.ts';

const FOOTER_BYTES = 48;
const MAGIC = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];
const MAX_ENTRIES = 20_000;
const MAX_KEY_BYTES = 4096;

export interface TableEntry {
  readonly key: string;
  readonly offset: number;
  readonly length: number;
}

export function isTable(source: RandomAccess): boolean {
  if (source.sizeBytes < FOOTER_BYTES) return false;
  const tail = source.read(source.sizeBytes - 8, 8);
  return MAGIC.every((byte, index) => tail[index] === byte);
}

function* blockEntries(source: RandomAccess, offset: number, size: number): Generator<TableEntry, void, undefined> {
  const { path } = source;
  const trailer = new Cursor(source, offset + size);
  if (trailer.byte() !== 0)
    throw new StudioError('weights.unsupported', `${path}: the checkpoint's index is compressed.`, {
      remedy: "Save the checkpoint again with TensorFlow's default settings.",
    });
  if (size < 4) throw damaged(path, 'a block of the index is too short.');
  const restarts = new Cursor(source, offset + size - 4).u32();
  const end = offset + size - 4 - 4 * restarts;
  if (end < offset) throw damaged(path, 'a block of the index is broken.');
  const cursor = new Cursor(source, offset, end);
  let key = Buffer.alloc(0);
  while (cursor.remaining > 0) {
    const shared = readVarint(cursor);
    const fresh = readVarint(cursor);
    const length = readVarint(cursor);
    if (shared > key.length || shared + fresh > MAX_KEY_BYTES) throw damaged(path, 'a key of the index is broken.');
    key = Buffer.concat([key.subarray(0, shared), cursor.take(fresh)]);
    cursor.need(length);
    yield { key: key.toString('utf8'), offset: cursor.position, length };
    cursor.skip(length);
  }
}

/**
 * All entries in key order.
 * @throws {StudioError} weights.damaged, weights.limit, weights.unsupported (compressed)
 */
export function readTable(source: RandomAccess): TableEntry[] {
  const footer = new Cursor(source, source.sizeBytes - FOOTER_BYTES, source.sizeBytes - 8);
  // The first handle, of the meta index, is passed over.
  readVarint(footer);
  readVarint(footer);
  const indexOffset = readVarint(footer);
  const entries: TableEntry[] = [];
  for (const block of blockEntries(source, indexOffset, readVarint(footer))) {
    const handle = new Cursor(source, block.offset, block.offset + block.length);
    const offset = readVarint(handle);
    for (const entry of blockEntries(source, offset, readVarint(handle))) {
      entries.push(entry);
      if (entries.length > MAX_ENTRIES)
        throw new StudioError('weights.limit', `${source.path} lists more than ${MAX_ENTRIES} variables.`, {
          remedy: 'This is no checkpoint of a network.',
        });
    }
  }
  return entries;
}
