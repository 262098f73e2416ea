/**
 * PyTorch's .pth and .pt: the zip layout (since 1.6) and the legacy stream of pickles. Storages are read from disk when
 * a tensor is.
 */
import { StudioError } from '../../contract/errors.ts';
import { damaged } from '../formats/byteSource.ts';
import { DTYPE_BYTES } from '../formats/dtype.ts';
import { readPickle } from '../formats/pickle/pickle.ts';
import { findTensors, type PickleFindings } from '../formats/pickle/pickledTensors.ts';
import { asText, badPickle, type PickleValue } from '../formats/pickle/pickleValues.ts';
import { Cursor, type RandomAccess } from '../formats/randomAccess.ts';
import {
  littleEndianOf,
  parseStorageId,
  TORCH_CONSTRUCTORS,
  TorchStorage,
  type StorageId,
} from '../formats/pickle/torchPickle.ts';
import type { WeightTensor } from '../formats/weightFile.ts';
import type { ZipEntry } from '../formats/zip.ts';

/** First object of a legacy file. */
const MAGIC = 0x1950a86a20f9469cfc6cn;
const LEGACY_PROTOCOL = 1001;
/** Pickles in archives are small; tensors lie beside them. */
const MAX_PICKLE_BYTES = 64 * 1024 * 1024;

/** The member `data.pkl` that PyTorch's archives keep in their one folder. */
export function torchArchiveRoot(entries: ReadonlyMap<string, ZipEntry>): string | null {
  for (const name of entries.keys()) if (/^[^/]+\/data\.pkl$/.test(name)) return name.slice(0, -'data.pkl'.length);
  return null;
}

/**
 * Tensors of a zip archive by state dict name.
 * @throws {StudioError} weights.hostile, weights.damaged, weights.limit, weights.unsupported, weights.mismatch
 */
export function readTorchZip(
  path: string,
  entries: ReadonlyMap<string, ZipEntry>,
  found: PickleFindings,
  entry?: string,
): Map<string, WeightTensor> {
  const root = torchArchiveRoot(entries);
  const pickle = root === null ? undefined : entries.get(`${root}data.pkl`);
  if (root === null || !pickle) throw damaged(path, 'the archive has no data.pkl.');
  if (entries.has(`${root}constants.pkl`))
    throw new StudioError('weights.unsupported', `${path} is a TorchScript program, not a set of weights.`, {
      remedy: 'Load it in PyTorch and save its state_dict().',
    });
  if (pickle.sizeBytes > MAX_PICKLE_BYTES)
    throw new StudioError('weights.limit', `${path}: data.pkl has ${pickle.sizeBytes} bytes.`, {
      remedy: 'Do not use this file.',
    });
  const order = entries.get(`${root}byteorder`);
  const bigEndian =
    order !== undefined &&
    order.sizeBytes < 16 &&
    Buffer.from(order.open().read(0, order.sizeBytes)).toString('latin1').trim() === 'big';
  const storages = new Map<string, TorchStorage>();
  const persistentLoad = (id: PickleValue): PickleValue => {
    const { dtype, key, length } = parseStorageId(id);
    const known = storages.get(key);
    if (known) {
      if (known.dtype !== dtype) throw badPickle(`storage ${key} is given two number formats`);
      return known;
    }
    const member = entries.get(`${root}data/${key}`);
    if (!member) throw damaged(path, `the storage ${key} is missing from the archive.`);
    // PyTorch never compresses them, and one that were would have to be unpacked for every tensor on it.
    if (member.compressed)
      throw new StudioError('weights.unsupported', `${path}: its tensors were compressed after PyTorch wrote them.`, {
        remedy: 'Unpack the archive and pack it again without compression (zip -0 -r).',
      });
    if (member.sizeBytes !== length * DTYPE_BYTES[dtype])
      throw damaged(
        path,
        `storage ${key} should have ${length} elements of ${dtype}, its member has ${member.sizeBytes} bytes.`,
      );
    const storage = new TorchStorage(dtype, length, bigEndian, (offset, sizeBytes) =>
      member.open().read(offset, sizeBytes),
    );
    storages.set(key, storage);
    return storage;
  };
  return findTensors(
    readPickle(pickle.open(), { constructors: TORCH_CONSTRUCTORS, persistentLoad }),
    '.',
    found,
    entry,
  );
}

interface LegacyStorage {
  readonly id: StorageId;
  start: number;
}

/**
 * Magic number, protocol and system as three pickles; then the object, the storage keys, and every storage with its
 * length.
 */
function readLegacyStream(
  source: RandomAccess,
  afterMagic: number,
  found: PickleFindings,
  entry?: string,
): Map<string, WeightTensor> {
  const plain = { constructors: TORCH_CONSTRUCTORS };
  const protocol = readPickle(source, { ...plain, start: afterMagic });
  if (protocol.value !== LEGACY_PROTOCOL)
    throw damaged(source.path, 'the protocol number of a legacy PyTorch file is missing.');
  const system = readPickle(source, { ...plain, start: protocol.end });
  const bigEndian = !littleEndianOf(system.value);
  const storages = new Map<string, LegacyStorage>();
  const persistentLoad = (id: PickleValue): PickleValue => {
    const parsed = parseStorageId(id);
    let storage = storages.get(parsed.key);
    if (!storage) storages.set(parsed.key, (storage = { id: parsed, start: -1 }));
    if (storage.id.dtype !== parsed.dtype || storage.id.length !== parsed.length)
      throw badPickle(`storage ${parsed.key} is described in two ways`);
    const base = parsed.view?.offset ?? 0;
    const length = parsed.view?.length ?? parsed.length;
    if (base < 0 || length < 0 || base + length > parsed.length) throw badPickle('a view reaches beyond its storage');
    const place = storage;
    return new TorchStorage(parsed.dtype, length, bigEndian, (offset, sizeBytes) =>
      source.read(place.start + base * DTYPE_BYTES[parsed.dtype] + offset, sizeBytes),
    );
  };
  const object = readPickle(source, { ...plain, persistentLoad, start: system.end });
  const keys = readPickle(source, { ...plain, start: object.end });
  if (!Array.isArray(keys.value)) throw damaged(source.path, 'the list of storages is missing.');
  const cursor = new Cursor(source, keys.end);
  for (const item of keys.value) {
    const key = asText(item, 'a storage key');
    const storage = storages.get(key);
    const length = cursor.u64();
    if (!storage || storage.id.length !== length || storage.start >= 0)
      throw damaged(source.path, `the storage ${key.slice(0, 40)} is unknown, given twice or has another length.`);
    storage.start = cursor.position;
    cursor.skip(length * DTYPE_BYTES[storage.id.dtype]);
  }
  for (const [key, { start }] of storages) if (start < 0) throw damaged(source.path, `the storage ${key} is missing.`);
  return findTensors(object, '.', found, entry);
}

/**
 * A bare pickle or a legacy PyTorch file, told apart by the first object.
 * @throws {StudioError} as `readTorchZip`
 */
export function readTorchStream(
  source: RandomAccess,
  found: PickleFindings,
  entry?: string,
): { tensors: Map<string, WeightTensor>; legacy: boolean } {
  const first = readPickle(source, { constructors: TORCH_CONSTRUCTORS });
  if (first.value === MAGIC) return { tensors: readLegacyStream(source, first.end, found, entry), legacy: true };
  found.notes.push('The arrays were pickled; they were read as data, nothing in them was run.');
  return { tensors: findTensors(first, '.', found, entry), legacy: false };
}
