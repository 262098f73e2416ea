/**
 * safetensors: 8 bytes of header length (little endian), a JSON header, then the tensors' bytes without gap or overlap.
 * Checks follow the format's own reference implementation, with a header limit of 16 MiB.
 */
import { createHash } from 'node:crypto';
import { StudioError } from '../../contract/errors.ts';
import { openDurableFile } from '../files/durableFile.ts';
import { ByteSource, damaged } from './byteSource.ts';
import { DTYPE_BYTES, dtypeOf, elementCount, toFloat32, typedView, type DType, type TensorData } from './dtype.ts';
import { parseStrictJson, type StrictJson } from './strictJson.ts';
import type { WeightFile, WeightTensor } from './weightFile.ts';

export const MAX_HEADER_BYTES = 16 * 1024 * 1024;

const DTYPE_NAMES: ReadonlyMap<string, DType> = new Map<string, DType>([
  ['F64', 'f64'],
  ['F32', 'f32'],
  ['F16', 'f16'],
  ['BF16', 'bf16'],
  ['F8_E4M3', 'f8_e4m3'],
  ['F8_E5M2', 'f8_e5m2'],
  ['I64', 'i64'],
  ['I32', 'i32'],
  ['I16', 'i16'],
  ['I8', 'i8'],
  ['U64', 'u64'],
  ['U32', 'u32'],
  ['U16', 'u16'],
  ['U8', 'u8'],
  ['BOOL', 'bool'],
]);

export interface SafetensorsInput {
  readonly name: string;
  readonly shape: readonly number[];
  /**
   * The values; or a function that brings them when their turn comes (float32), so that only one tensor need be in
   * memory.
   */
  readonly data: TensorData | (() => Float32Array | Promise<Float32Array>);
}

export interface SafetensorsEntry {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** First byte in the file, and how many. */
  readonly offset: number;
  readonly sizeBytes: number;
}

export interface SafetensorsFile extends WeightFile {
  readonly format: 'safetensors';
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;
  /**
   * One tensor in its own number format (f16, bf16 and f8 decoded to float32).
   * @throws {StudioError} weights.mismatch: there is no such name
   */
  readTyped(name: string): TensorData;
}

/**
 * Header JSON with its length, padded to 8 bytes, and the tensors in file order: widest elements first, so that all
 * stay aligned.
 */
function layOut(
  tensors: Iterable<SafetensorsInput>,
  metadata: Readonly<Record<string, string>>,
): { header: Buffer; ordered: (SafetensorsInput & { sizeBytes: number })[] } {
  const names = new Set<string>();
  const ordered = [];
  for (const tensor of tensors) {
    if (names.has(tensor.name) || tensor.name === '__metadata__' || tensor.name === '__proto__')
      throw new StudioError('input.invalid', `Tensor name "${tensor.name}" is taken or reserved.`);
    names.add(tensor.name);
    const dtype = typeof tensor.data === 'function' ? 'f32' : dtypeOf(tensor.data);
    const count = elementCount(tensor.shape, tensor.name);
    if (typeof tensor.data !== 'function' && tensor.data.length !== count)
      throw new StudioError(
        'input.invalid',
        `${tensor.name}: shape [${tensor.shape.join(', ')}] needs ${count} values, ${tensor.data.length} were given.`,
      );
    ordered.push({ ...tensor, dtype, sizeBytes: count * DTYPE_BYTES[dtype] });
  }
  ordered.sort((a, b) => DTYPE_BYTES[b.dtype] - DTYPE_BYTES[a.dtype]);
  const header: Record<string, unknown> = Object.keys(metadata).length ? { __metadata__: metadata } : {};
  let offset = 0;
  for (const { name, shape, dtype, sizeBytes } of ordered) {
    header[name] = { dtype: dtype.toUpperCase(), shape, data_offsets: [offset, offset + sizeBytes] };
    offset += sizeBytes;
  }
  const json = Buffer.from(JSON.stringify(header), 'utf8');
  const length = Math.ceil(json.length / 8) * 8;
  if (length > MAX_HEADER_BYTES)
    throw new StudioError(
      'weights.limit',
      `The header of ${ordered.length} tensors takes ${length} bytes; safetensors files hold at most ` +
        `${MAX_HEADER_BYTES}.`,
    );
  const bytes = Buffer.alloc(8 + length, 0x20);
  bytes.writeBigUInt64LE(BigInt(length));
  json.copy(bytes, 8);
  return { header: bytes, ordered };
}

/**
 * Writes `path` durably, the tensors one by one. Returns the file's size and SHA-256 (hex).
 * @throws {StudioError} file.diskFull, file.noPermission; input.invalid: a tensor's values do not fit its shape, or its
 *   name is taken
 */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<SafetensorsInput>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<{ sizeBytes: number; sha256: string }> {
  const { header, ordered } = layOut(tensors, metadata);
  const hash = createHash('sha256').update(header);
  const file = await openDurableFile(path, { overwrite: true });
  try {
    await file.write(header);
    for (const tensor of ordered) {
      const data = typeof tensor.data === 'function' ? await tensor.data() : tensor.data;
      if (data.byteLength !== tensor.sizeBytes)
        throw new StudioError(
          'input.invalid',
          `${tensor.name}: ${tensor.sizeBytes} bytes expected, ${data.byteLength} given.`,
        );
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      hash.update(bytes);
      await file.write(bytes);
    }
    await file.commit();
    return { sizeBytes: file.sizeBytes, sha256: hash.digest('hex') };
  } finally {
    await file.discard();
  }
}

function integerList(value: StrictJson | undefined, what: string, path: string): number[] {
  if (!Array.isArray(value)) throw damaged(path, `${what} is no list.`);
  return value.map((item) => {
    if (typeof item !== 'number' || item < 0 || !Number.isInteger(item))
      throw damaged(path, `${what} holds something that is no count.`);
    if (!Number.isSafeInteger(item))
      throw new StudioError('weights.limit', `${path}: ${what} holds ${item}, more than any file can hold.`, {
        remedy: 'Do not use this file: its header is wrong or made up.',
      });
    return item;
  });
}

function readEntry(name: string, value: StrictJson, dataStart: number, path: string): SafetensorsEntry {
  if (!(value instanceof Map)) throw damaged(path, `the header's entry "${name}" is no object.`);
  const dtypeName = value.get('dtype');
  const dtype = typeof dtypeName === 'string' ? DTYPE_NAMES.get(dtypeName) : undefined;
  if (!dtype)
    throw new StudioError(
      'weights.unsupported',
      `${path}: tensor "${name}" has the number format ${JSON.stringify(dtypeName ?? null)}, which is not known.`,
      { remedy: 'Convert the file to F32, F16 or BF16 with the tool that made it.' },
    );
  const shape = integerList(value.get('shape'), `the shape of "${name}"`, path);
  const offsets = integerList(value.get('data_offsets'), `data_offsets of "${name}"`, path);
  const [begin, end] = offsets;
  if (offsets.length !== 2 || begin === undefined || end === undefined || begin > end)
    throw damaged(path, `data_offsets of "${name}" are no range.`);
  const needed = elementCount(shape, `${path}: tensor "${name}"`) * DTYPE_BYTES[dtype];
  if (needed !== end - begin)
    throw damaged(
      path,
      `"${name}" has the shape [${shape.join(', ')}] and needs ${needed} bytes, but its range holds ${end - begin}.`,
    );
  return { dtype, shape, offset: dataStart + begin, sizeBytes: end - begin };
}

function readHeader(source: ByteSource): { entries: Map<string, SafetensorsEntry>; metadata: Map<string, string> } {
  const { path } = source;
  if (source.sizeBytes < 8)
    throw damaged(
      path,
      `a safetensors file starts with 8 bytes of header length; this one has ${source.sizeBytes} bytes.`,
    );
  const announced = Buffer.from(source.read(0, 8).buffer).readBigUInt64LE();
  if (announced > BigInt(MAX_HEADER_BYTES))
    throw new StudioError(
      'weights.limit',
      `${path}: the header claims ${announced} bytes; at most ${MAX_HEADER_BYTES} are read.`,
      { remedy: 'This is no safetensors file, or one made to exhaust memory. Get it from its source again.' },
    );
  const length = Number(announced);
  if (8 + length > source.sizeBytes)
    throw damaged(path, `the header claims ${length} bytes, the file has ${source.sizeBytes}.`);
  let json: StrictJson;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(source.read(8, length));
    if (!text.startsWith('{')) throw new SyntaxError('the header does not start with {');
    json = parseStrictJson(text);
  } catch (error) {
    if (error instanceof StudioError) throw error;
    throw damaged(path, `the header is no valid JSON (${(error as Error).message}).`);
  }
  const entries = new Map<string, SafetensorsEntry>();
  const metadata = new Map<string, string>();
  for (const [name, value] of json as Map<string, StrictJson>) {
    if (name === '__proto__')
      throw new StudioError('weights.hostile', `${path}: a tensor is called "__proto__".`, {
        remedy: 'Do not use this file: no honest tool writes that name.',
      });
    if (name !== '__metadata__') {
      entries.set(name, readEntry(name, value, 8 + length, path));
      continue;
    }
    if (!(value instanceof Map)) throw damaged(path, '__metadata__ is no object.');
    for (const [key, text] of value) {
      if (typeof text !== 'string') throw damaged(path, `__metadata__ "${key}" is no text.`);
      metadata.set(key, text);
    }
  }
  // Sorted by place, each tensor must begin where the one before it ends, and the last must end with the file.
  let next = 8 + length;
  for (const [name, entry] of [...entries].sort(([, a], [, b]) => a.offset - b.offset || a.sizeBytes - b.sizeBytes)) {
    if (entry.offset !== next)
      throw damaged(
        path,
        `"${name}" begins at byte ${entry.offset}, ${entry.offset < next ? 'inside' : 'behind a hole after'} the ` +
          'tensor before it.',
      );
    next = entry.offset + entry.sizeBytes;
  }
  if (next !== source.sizeBytes)
    throw damaged(path, `its tensors end at byte ${next}, the file has ${source.sizeBytes}.`);
  return { entries, metadata };
}

/**
 * Reads and checks the header; tensors are read from disk when asked for.
 * @throws {StudioError} weights.damaged, weights.limit, weights.hostile, weights.unsupported
 */
export function openSafetensors(path: string): SafetensorsFile {
  const source = ByteSource.open(path);
  try {
    const { entries, metadata } = readHeader(source);
    const tensors = new Map<string, WeightTensor>();
    for (const [name, { dtype, shape, offset, sizeBytes }] of entries) {
      tensors.set(name, { dtype, shape, read: () => toFloat32(source.read(offset, sizeBytes), dtype) });
    }
    return {
      format: 'safetensors',
      path,
      tensors,
      metadata,
      notes: [],
      entries,
      readTyped(name) {
        const entry = entries.get(name);
        if (!entry)
          throw new StudioError('weights.mismatch', `${path} has no tensor "${name}".`, {
            remedy: 'Choose weights of the same network.',
          });
        return typedView(source.read(entry.offset, entry.sizeBytes), entry.dtype);
      },
      close: () => source.close(),
    };
  } catch (error) {
    source.close();
    throw error;
  }
}
