/**
 * TensorFlow checkpoints (`name.index` with `name.data-00000-of-00001` beside it), alone or as the variables of a
 * SavedModel. The names of the data files follow from the index's own name; nothing inside it can name a file. Field
 * numbers: TensorFlow's tensor_bundle.proto, tensor_shape.proto and types.proto.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { StudioError } from '../../contract/errors.ts';
import { ByteSource, damaged } from '../formats/byteSource.ts';
import { DTYPE_BYTES, elementCount, swapBytes, toFloat32 } from '../formats/dtype.ts';
import { wireFields, type FieldBudget } from '../formats/protobufWire.ts';
import { TF_DTYPES } from './tfDtypes.ts';
import { openTfCheckpointV1 } from './tfCheckpointV1.ts';
import { readTable, type TableEntry } from '../formats/sstable.ts';
import type { WeightFile, WeightTensor } from '../formats/weightFile.ts';

const HEADER = { shards: 1, endianness: 2 } as const;
const ENTRY = { dtype: 1, shape: 2, shard: 3, offset: 4, size: 5, slices: 7 } as const;
const MAX_SHARDS = 1000;
const MAX_FIELDS = 2_000_000;
const VALUE_SUFFIX = '/.ATTRIBUTES/VARIABLE_VALUE';
/** Parts of a name that only the training's own variables have. */
const NOT_WEIGHT_PARTS = [
  '.OPTIMIZER_SLOT',
  'optimizer',
  '_optimizer',
  'save_counter',
  'global_step',
  '_CHECKPOINTABLE_OBJECT_GRAPH',
  'keras_api',
  'Momentum',
  'Adam',
  'Adam_1',
  'RMSProp',
  'ExponentialMovingAverage',
  'beta1_power',
  'beta2_power',
];
const NOT_WEIGHTS = new RegExp(`(^|/)(${NOT_WEIGHT_PARTS.join('|').replaceAll('.', '\\.')})(/|$)`);

interface BundleEntry {
  readonly dtype: number;
  readonly shape: readonly number[];
  readonly shard: number;
  readonly offset: number;
  readonly size: number;
  readonly sliced: boolean;
}

function readEntry(source: ByteSource, { offset: start, length }: TableEntry, budget: FieldBudget): BundleEntry {
  const entry = { dtype: 0, shape: [] as number[], shard: 0, offset: 0, size: 0, sliced: false };
  for (const field of wireFields(source, start, start + length, budget)) {
    if (field.number === ENTRY.dtype) entry.dtype = field.value;
    else if (field.number === ENTRY.shard) entry.shard = field.value;
    else if (field.number === ENTRY.offset) entry.offset = field.value;
    else if (field.number === ENTRY.size) entry.size = field.value;
    else if (field.number === ENTRY.slices) entry.sliced = true;
    else if (field.number === ENTRY.shape && field.wireType === 2) {
      for (const dim of wireFields(source, field.offset, field.offset + field.length, budget)) {
        if (dim.number !== 2 || dim.wireType !== 2) continue;
        let size = 0;
        for (const part of wireFields(source, dim.offset, dim.offset + dim.length, budget))
          if (part.number === 1) size = part.value;
        entry.shape.push(size);
        if (entry.shape.length > 16) throw damaged(source.path, 'a variable has more than 16 dimensions.');
      }
    }
  }
  return entry;
}

function readHeader(
  source: ByteSource,
  entry: TableEntry | undefined,
  budget: FieldBudget,
): { shards: number; bigEndian: boolean } {
  if (!entry || entry.key !== '') throw damaged(source.path, "the checkpoint's header is missing.");
  let shards = 1;
  let bigEndian = false;
  for (const field of wireFields(source, entry.offset, entry.offset + entry.length, budget)) {
    if (field.number === HEADER.shards) shards = field.value;
    else if (field.number === HEADER.endianness) bigEndian = field.value === 1;
  }
  if (!(shards >= 1 && shards <= MAX_SHARDS))
    throw new StudioError('weights.limit', `${source.path} claims ${shards} data files.`, {
      remedy: 'Do not use this file.',
    });
  return { shards, bigEndian };
}

/**
 * The index of a SavedModel's variables when `path` is its folder, or of a checkpoint when `path` is the name it was
 * saved under; else `path`.
 */
export function checkpointIndexOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  const index = found ? join(path, 'variables', 'variables.index') : `${path}.index`;
  return (!found || found.isDirectory()) && statSync(index, { throwIfNoEntry: false })?.isFile() ? index : path;
}

/** A variable of the index, its values still in a data file; null for what is no weight. */
function readTensor(
  index: ByteSource,
  row: TableEntry,
  data: readonly ByteSource[],
  bigEndian: boolean,
  budget: FieldBudget,
): WeightTensor | null {
  const { dtype: code, shape, shard, offset, size, sliced } = readEntry(index, row, budget);
  const dtype = TF_DTYPES.get(code);
  if (!dtype || NOT_WEIGHTS.test(row.key)) return null;
  if (sliced)
    throw new StudioError('weights.unsupported', `${index.path}: "${row.key}" is split over several machines.`, {
      remedy: 'Save the checkpoint again on one machine.',
    });
  const source = data[shard];
  const needed = elementCount(shape, `${index.path}: "${row.key}"`) * DTYPE_BYTES[dtype];
  if (!source || needed !== size || !(offset + size <= source.sizeBytes))
    throw damaged(
      index.path,
      `"${row.key}" of shape [${shape.join(', ')}] needs ${needed} bytes, which its data file does not have.`,
    );
  return {
    dtype,
    shape,
    read() {
      const bytes = source.read(offset, size);
      if (bigEndian) swapBytes(bytes, DTYPE_BYTES[dtype]);
      return toFloat32(bytes, dtype);
    },
  };
}

/**
 * Opens a checkpoint by its index file, or one of version 1, which is one file.
 * @throws {StudioError} file.notFound: a data file
 * @throws {StudioError} weights.damaged, weights.limit, weights.unsupported, weights.mismatch
 */
export function openTfCheckpoint(path: string): WeightFile {
  const first = openTfCheckpointV1(path, NOT_WEIGHTS);
  if (first) return first;
  if (!path.endsWith('.index'))
    throw new StudioError(
      'weights.unsupported',
      `${path} is the index of a TensorFlow checkpoint, but is not called <name>.index, so its data files cannot be ` +
        'found.',
      { remedy: 'Give it the name it was saved under, with its .data-… files in the same folder.' },
    );
  const stem = path.slice(0, -'.index'.length);
  const opened: ByteSource[] = [];
  const close = (): void => {
    for (const source of opened) source.close();
  };
  try {
    const index = ByteSource.open(path);
    opened.push(index);
    const [first, ...rest] = readTable(index);
    const budget: FieldBudget = { left: MAX_FIELDS };
    const { shards, bigEndian } = readHeader(index, first, budget);
    const width = (value: number): string => String(value).padStart(5, '0');
    const data = Array.from({ length: shards }, (_, shard) => {
      const source = ByteSource.open(`${stem}.data-${width(shard)}-of-${width(shards)}`);
      opened.push(source);
      return source;
    });
    const tensors = new Map<string, WeightTensor>();
    for (const row of rest) {
      const tensor = readTensor(index, row, data, bigEndian, budget);
      const name = row.key.endsWith(VALUE_SUFFIX) ? row.key.slice(0, -VALUE_SUFFIX.length) : row.key;
      if (tensor) tensors.set(name, tensor);
    }
    if (tensors.size === 0)
      throw new StudioError('weights.mismatch', `${path} holds no variables of a network.`, {
        remedy: 'Choose another checkpoint.',
      });
    const aside = rest.length - tensors.size;
    const notes =
      aside > 0 ? [`${aside} entries of the optimizer and of TensorFlow's own bookkeeping were left aside.`] : [];
    return {
      format: 'tf-checkpoint',
      path,
      files: opened.map((source) => source.path),
      tensors,
      metadata: new Map(),
      notes,
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}
