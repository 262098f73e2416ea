/** HDF5 data sets: number formats, shapes, and compact, contiguous or chunked storage (deflate, shuffle, checksum). */
import { inflateSync } from 'node:zlib';
import { StudioError } from '../../contract/errors.ts';
import { damaged } from './byteSource.ts';
import { DTYPE_BYTES, elementCount, swapBytes, toFloat32, type DType } from './dtype.ts';
import { contentOf, expectSignature, MESSAGE, UNDEFINED_ADDRESS, unsupported, type Message } from './hdf5Header.ts';
import { Cursor, type RandomAccess } from './randomAccess.ts';
import type { WeightTensor } from './weightFile.ts';

const MAX_RANK = 8;
const MAX_CHUNKS = 200_000;
/** Deflate shrinks at most about 1032 times. */
const MAX_RATIO = 1032;
const MAX_CHUNK_BYTES = 256 * 1024 * 1024;

export type Hdf5Type =
  | { readonly kind: 'number'; readonly dtype: DType; readonly bigEndian: boolean }
  | { readonly kind: 'text'; readonly sizeBytes: number }
  | { readonly kind: 'longText' }
  | { readonly kind: 'other'; readonly name: string };

const CLASS_NAMES = [
  'integer',
  'float',
  'time',
  'text',
  'bits',
  'opaque',
  'record',
  'reference',
  'enumeration',
  'variable length',
  'array',
];

export function readDatatype(cursor: Cursor): Hdf5Type {
  const classAndVersion = cursor.byte();
  const flags = cursor.byte() | (cursor.u16() << 8);
  const sizeBytes = cursor.u32();
  const bigEndian = (flags & 1) === 1;
  switch (classAndVersion & 15) {
    case 0: {
      const dtype = ({ 1: 'i8', 2: 'i16', 4: 'i32', 8: 'i64' } as const)[sizeBytes];
      if (!dtype) break;
      return { kind: 'number', dtype: flags & 8 ? dtype : (`u${dtype.slice(1)}` as DType), bigEndian };
    }
    case 1: {
      cursor.skip(5);
      const exponentBits = cursor.byte();
      const dtype =
        sizeBytes === 8 && exponentBits === 11
          ? 'f64'
          : sizeBytes === 4 && exponentBits === 8
            ? 'f32'
            : sizeBytes === 2 && exponentBits === 5
              ? 'f16'
              : sizeBytes === 2 && exponentBits === 8
                ? 'bf16'
                : undefined;
      if (!dtype || flags & 64) break;
      return { kind: 'number', dtype, bigEndian };
    }
    case 3:
      return { kind: 'text', sizeBytes };
    case 8:
      return sizeBytes === 1
        ? { kind: 'number', dtype: 'bool', bigEndian: false }
        : { kind: 'other', name: 'enumeration' };
    case 9:
      return (flags & 15) === 1 ? { kind: 'longText' } : { kind: 'other', name: 'variable length' };
  }
  return { kind: 'other', name: CLASS_NAMES[classAndVersion & 15] ?? 'unknown' };
}

/** Dimensions; none for a scalar, [0] for an empty ("null") space. */
export function readDataspace(cursor: Cursor): number[] {
  const version = cursor.byte();
  const rank = cursor.byte();
  cursor.skip(1);
  if (version !== 1 && version !== 2)
    throw unsupported(cursor.source.path, `a shape has the unknown version ${version}`);
  if (rank > MAX_RANK) throw unsupported(cursor.source.path, `a data set has ${rank} dimensions`);
  const isNull = version === 2 && cursor.byte() === 2;
  if (version === 1) cursor.skip(5);
  return isNull ? [0] : Array.from({ length: rank }, () => cursor.u64());
}

type Filter = 'deflate' | 'shuffle' | 'fletcher32';
const FILTERS: ReadonlyMap<number, Filter> = new Map([
  [1, 'deflate'],
  [2, 'shuffle'],
  [3, 'fletcher32'],
]);

function readFilters(cursor: Cursor): Filter[] {
  const version = cursor.byte();
  const count = cursor.byte();
  if (version !== 1 && version !== 2) throw unsupported(cursor.source.path, 'a filter list has an unknown version');
  if (version === 1) cursor.skip(6);
  return Array.from({ length: count }, () => {
    const id = cursor.u16();
    const nameLength = version === 1 || id >= 256 ? cursor.u16() : 0;
    cursor.skip(2);
    const values = cursor.u16();
    cursor.skip(version === 1 ? Math.ceil(nameLength / 8) * 8 : nameLength);
    cursor.skip(4 * (version === 1 && values % 2 ? values + 1 : values));
    const filter = FILTERS.get(id);
    if (!filter)
      throw unsupported(cursor.source.path, `a data set is compressed with the HDF5 filter ${id}, which is not read`);
    return filter;
  });
}

interface Chunk {
  readonly address: number;
  readonly storedBytes: number;
  readonly mask: number;
  readonly start: readonly number[];
}

function readChunkTree(
  source: RandomAccess,
  address: number,
  rank: number,
  chunks: Chunk[],
  visited: Set<number>,
  expectedLevel: number | null,
): void {
  if (visited.has(address) || visited.size > MAX_CHUNKS) throw damaged(source.path, 'a chunk index runs in a circle.');
  visited.add(address);
  const cursor = new Cursor(source, address);
  expectSignature(cursor, 'TREE', 'a chunk index');
  if (cursor.byte() !== 1) throw damaged(source.path, 'a chunk index is of another kind.');
  const level = cursor.byte();
  if (level !== (expectedLevel ?? level)) throw damaged(source.path, 'the levels of a chunk index are out of order.');
  const count = cursor.u16();
  cursor.skip(16);
  for (let i = 0; i < count; i++) {
    const storedBytes = cursor.u32();
    const mask = cursor.u32();
    const start = Array.from({ length: rank }, () => cursor.u64());
    cursor.skip(8);
    const child = cursor.u64();
    if (level > 0) readChunkTree(source, child, rank, chunks, visited, level - 1);
    else chunks.push({ address: child, storedBytes, mask, start });
    if (chunks.length > MAX_CHUNKS)
      throw new StudioError('weights.limit', `${source.path}: a data set has more than ${MAX_CHUNKS} chunks.`, {
        remedy: 'Do not use this file.',
      });
  }
}

function unshuffle(bytes: Uint8Array, size: number): Uint8Array {
  const count = Math.floor(bytes.length / size);
  const out = new Uint8Array(bytes);
  for (let byte = 0; byte < size; byte++)
    for (let i = 0; i < count; i++) out[i * size + byte] = bytes[byte * count + i]!;
  return out;
}

function readChunk(
  source: RandomAccess,
  chunk: Chunk,
  filters: readonly Filter[],
  sizeBytes: number,
  elementBytes: number,
): Uint8Array {
  let bytes: Uint8Array = source.read(chunk.address, chunk.storedBytes);
  for (let i = filters.length - 1; i >= 0; i--) {
    if (chunk.mask & (1 << i)) continue;
    const filter = filters[i]!;
    if (filter === 'fletcher32') bytes = bytes.subarray(0, -4);
    else if (filter === 'shuffle') bytes = unshuffle(bytes, elementBytes);
    else {
      try {
        bytes = inflateSync(bytes, { maxOutputLength: sizeBytes + 4 });
      } catch (error) {
        throw damaged(source.path, `a chunk cannot be decompressed (${(error as Error).message}).`);
      }
    }
  }
  if (bytes.length !== sizeBytes)
    throw damaged(source.path, `a chunk unpacks to ${bytes.length} bytes instead of ${sizeBytes}.`);
  return bytes;
}

/** Copies a chunk's part that lies inside the data set, row by row along the last axis. */
function placeChunk(
  out: Uint8Array,
  shape: readonly number[],
  chunkShape: readonly number[],
  chunk: Chunk,
  bytes: Uint8Array,
  elementBytes: number,
): void {
  const rank = shape.length;
  const kept = shape.map((size, axis) => Math.min(chunkShape[axis]!, size - chunk.start[axis]!));
  const index = new Array<number>(rank).fill(0);
  const rowBytes = kept[rank - 1]! * elementBytes;
  for (;;) {
    let from = 0;
    let to = 0;
    for (let axis = 0; axis < rank; axis++) {
      from = from * chunkShape[axis]! + index[axis]!;
      to = to * shape[axis]! + chunk.start[axis]! + index[axis]!;
    }
    out.set(bytes.subarray(from * elementBytes, from * elementBytes + rowBytes), to * elementBytes);
    let axis = rank - 2;
    while (axis >= 0 && ++index[axis]! >= kept[axis]!) index[axis--] = 0;
    if (axis < 0) return;
  }
}

function chunkedReader(
  source: RandomAccess,
  cursor: Cursor,
  shape: readonly number[],
  filters: readonly Filter[],
  elementBytes: number,
  name: string,
): () => Uint8Array<ArrayBuffer> {
  const rank = cursor.byte() - 1;
  const tree = cursor.u64();
  const chunkShape = Array.from({ length: Math.max(0, rank) }, () => cursor.u32());
  if (rank !== shape.length || rank === 0 || chunkShape.includes(0) || cursor.u32() !== elementBytes)
    throw damaged(source.path, `the chunks of "${name}" do not fit its shape.`);
  const chunkBytes = elementCount(chunkShape, name) * elementBytes;
  if (chunkBytes > MAX_CHUNK_BYTES)
    throw new StudioError('weights.limit', `${source.path}: "${name}" has chunks of ${chunkBytes} bytes.`, {
      remedy: 'Do not use this file, or save the weights again without compression.',
    });
  const expected = elementCount(
    shape.map((size, axis) => Math.ceil(size / chunkShape[axis]!)),
    name,
  );
  const chunks: Chunk[] = [];
  if (expected > 0 && expected <= MAX_CHUNKS && tree < UNDEFINED_ADDRESS)
    readChunkTree(source, tree, rank, chunks, new Set(), null);
  // A missing chunk would be filled with zeros, which lets a few bytes claim any amount of memory.
  if (chunks.length !== expected)
    throw new StudioError(
      'weights.limit',
      `${source.path}: "${name}" claims the shape [${shape.join(', ')}] but stores ${chunks.length} of its ` +
        `${expected} chunks.`,
      { remedy: 'Do not use this file: its header is wrong or made up.' },
    );
  checkChunks(source, chunks, { shape, chunkShape, chunkBytes, name });
  return () => {
    const out = new Uint8Array(elementCount(shape, name) * elementBytes);
    for (const chunk of chunks)
      placeChunk(
        out,
        shape,
        chunkShape,
        chunk,
        readChunk(source, chunk, filters, chunkBytes, elementBytes),
        elementBytes,
      );
    return out;
  };
}

interface ChunkLayout {
  readonly shape: readonly number[];
  readonly chunkShape: readonly number[];
  readonly chunkBytes: number;
  readonly name: string;
}

/** Each chunk lies in the file and in the shape, once, and can hold what it claims. */
function checkChunks(
  source: RandomAccess,
  chunks: readonly Chunk[],
  { shape, chunkShape, chunkBytes, name }: ChunkLayout,
): void {
  const seen = new Set<string>();
  let stored = 0;
  for (const { address, storedBytes, start } of chunks) {
    stored += storedBytes;
    if (chunkBytes > (storedBytes + 16) * MAX_RATIO || stored > source.sizeBytes)
      throw new StudioError(
        'weights.limit',
        `${source.path}: the chunks of "${name}" claim more than their bytes can hold.`,
        { remedy: 'Do not use this file: its header is wrong or made up.' },
      );
    if (
      address + storedBytes > source.sizeBytes ||
      start.some((at, axis) => at >= shape[axis]! || at % chunkShape[axis]! !== 0)
    )
      throw damaged(source.path, `a chunk of "${name}" lies outside.`);
    seen.add(start.join(','));
  }
  if (seen.size !== chunks.length) throw damaged(source.path, `"${name}" stores a chunk twice.`);
}

/** The bytes of a data set, as a function that reads them; storage and shape are checked at once. */
function storageReader(
  source: RandomAccess,
  message: Message,
  shape: readonly number[],
  filters: readonly Filter[],
  elementBytes: number,
  name: string,
): () => Uint8Array<ArrayBuffer> {
  const { path } = source;
  const cursor = contentOf(source, message);
  const version = cursor.byte();
  const layout = cursor.byte();
  if (version === 4 && layout === 3)
    throw new StudioError(
      'weights.hostile',
      `${path}: "${name}" is a virtual data set, which takes its data from other files.`,
      { remedy: 'Do not use this file, or save the weights again so that all data lies in one file.' },
    );
  if ((version !== 3 && version !== 4) || layout > 2 || (version === 4 && layout === 2))
    throw unsupported(path, `"${name}" uses a storage layout that is not read (version ${version}, class ${layout})`);
  const sizeBytes = elementCount(shape, `${path}: "${name}"`) * elementBytes;
  if (layout === 2) return chunkedReader(source, cursor, shape, filters, elementBytes, name);
  const length = layout === 0 ? cursor.u16() : 0;
  const address = layout === 0 ? cursor.position : cursor.u64();
  const stored = layout === 0 ? length : cursor.u64();
  if (sizeBytes === 0) return () => new Uint8Array(0);
  if (stored !== sizeBytes || address + sizeBytes > source.sizeBytes) {
    throw new StudioError(
      sizeBytes > source.sizeBytes ? 'weights.limit' : 'weights.damaged',
      `${path}: "${name}" claims the shape [${shape.join(', ')}], ${sizeBytes} bytes, but ` +
        `${Math.min(stored, Math.max(0, source.sizeBytes - address))} are stored.`,
      { remedy: 'Do not use this file: it is cut short, or its header is made up.' },
    );
  }
  return () => source.read(address, sizeBytes);
}

/**
 * A data set as a tensor; null for text and other things that are no numbers.
 * @throws {StudioError} weights.hostile (external files, virtual data sets), weights.limit (shapes beyond what is
 *   stored), weights.damaged, weights.unsupported (filters)
 */
export function readDataset(source: RandomAccess, messages: readonly Message[], name: string): WeightTensor | null {
  const find = (type: number): Message | undefined => messages.find((message) => message.type === type);
  if (find(MESSAGE.externalFiles))
    throw new StudioError('weights.hostile', `${source.path}: "${name}" keeps its data in external files.`, {
      remedy: 'Do not use this file, or save the weights again so that all data lies in one file.',
    });
  const [space, datatype, layout, filterList] = [
    find(MESSAGE.dataspace),
    find(MESSAGE.datatype),
    find(MESSAGE.layout),
    find(MESSAGE.filters),
  ];
  if (!space || !datatype || !layout) return null;
  const type = readDatatype(contentOf(source, datatype));
  if (type.kind !== 'number') return null;
  const { dtype, bigEndian } = type;
  const shape = readDataspace(contentOf(source, space));
  const filters = filterList ? readFilters(contentOf(source, filterList)) : [];
  const read = storageReader(source, layout, shape, filters, DTYPE_BYTES[dtype], name);
  return {
    dtype,
    shape,
    read() {
      const bytes = read();
      if (bigEndian) swapBytes(bytes, DTYPE_BYTES[dtype]);
      return toFloat32(bytes, dtype);
    },
  };
}
