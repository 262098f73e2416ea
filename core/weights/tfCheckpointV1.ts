/**
 * TensorFlow's checkpoints of version 1, as TF-Slim published them: one table whose first entry describes the tensors,
 * and whose others hold their values. Field numbers: TensorFlow's saved_tensor_slice.proto, tensor_slice.proto,
 * tensor.proto and tensor_shape.proto.
 */
import { StudioError } from '../../contract/errors.ts';
import { ByteSource, damaged } from '../formats/byteSource.ts';
import { DTYPE_BYTES, elementCount, toFloat32, type DType } from '../formats/dtype.ts';
import { wireFields, type FieldBudget, type WireField } from '../formats/protobufWire.ts';
import { readTable, type TableEntry } from '../formats/sstable.ts';
import type { WeightFile, WeightTensor } from '../formats/weightFile.ts';
import { TF_DTYPES } from './tfDtypes.ts';

const LENGTH_DELIMITED = 2;
const SLICES = { meta: 1, data: 2 } as const;
const META = { tensor: 1 } as const;
const TENSOR = { name: 1, shape: 2, type: 3, slice: 4 } as const;
const DATA = { name: 1, values: 3 } as const;
/** Where a TensorProto keeps its values: as raw bytes, or as a packed list of the type's own. */
const CONTENT = 4;
const PACKED: Partial<Record<DType, number>> = { f32: 5, f64: 6 };
const MAX_FIELDS = 2_000_000;

interface SavedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType | undefined;
  readonly slices: number;
}

class Reader {
  readonly #source: ByteSource;
  readonly #budget: FieldBudget = { left: MAX_FIELDS };

  constructor(source: ByteSource) {
    this.#source = source;
  }

  fields({ offset, length }: Pick<WireField, 'offset' | 'length'>): WireField[] {
    return [...wireFields(this.#source, offset, offset + length, this.#budget)];
  }

  messages(of: Pick<WireField, 'offset' | 'length'>, number: number): WireField[] {
    return this.fields(of).filter((field) => field.number === number && field.wireType === LENGTH_DELIMITED);
  }

  text({ offset, length }: Pick<WireField, 'offset' | 'length'>): string {
    return Buffer.from(this.#source.read(offset, Math.min(length, 4096))).toString('utf8');
  }

  tensor(meta: WireField): SavedTensor {
    const tensor = { name: '', shape: [] as number[], dtype: undefined as DType | undefined, slices: 0 };
    for (const field of this.fields(meta)) {
      if (field.number === TENSOR.name) tensor.name = this.text(field);
      else if (field.number === TENSOR.type) tensor.dtype = TF_DTYPES.get(field.value);
      else if (field.number === TENSOR.slice) tensor.slices++;
      else if (field.number === TENSOR.shape)
        tensor.shape = this.messages(field, 2).map(
          (side) => this.fields(side).find(({ number }) => number === 1)?.value ?? 0,
        );
    }
    return tensor;
  }
}

/**
 * Null where the table is none of version 1. `aside`: names that are no weights.
 * @throws {StudioError} weights.damaged, weights.limit, weights.mismatch
 * @throws {StudioError} weights.unsupported: tensors in several parts
 */
export function openTfCheckpointV1(path: string, aside: RegExp): WeightFile | null {
  const source = ByteSource.open(path);
  try {
    const [header, ...rest] = readTable(source);
    const reader = new Reader(source);
    const meta = header?.key === '' ? reader.messages(header, SLICES.meta)[0] : undefined;
    if (!meta) {
      source.close();
      return null;
    }
    const saved = reader.messages(meta, META.tensor).map((field) => reader.tensor(field));
    const values = valuesByName(reader, rest);
    const tensors = new Map<string, WeightTensor>();
    for (const { name, shape, dtype, slices } of saved) {
      if (!dtype || aside.test(name)) continue;
      if (slices > 1)
        throw new StudioError('weights.unsupported', `${path}: "${name}" is saved in ${slices} parts.`, {
          remedy: 'Load the checkpoint in TensorFlow and save it again.',
        });
      const stored = values.get(name);
      if (!stored) throw damaged(path, `the values of "${name}" are missing.`);
      const needed = elementCount(shape, `${path}: "${name}"`) * DTYPE_BYTES[dtype];
      const place = reader
        .fields(stored)
        .find((field) => field.length === needed && (field.number === CONTENT || field.number === PACKED[dtype]));
      if (!place) throw damaged(path, `"${name}" of shape [${shape.join(', ')}] needs ${needed} bytes of values.`);
      tensors.set(name, { dtype, shape, read: () => toFloat32(source.read(place.offset, needed), dtype) });
    }
    if (tensors.size === 0)
      throw new StudioError('weights.mismatch', `${path} holds no variables of a network.`, {
        remedy: 'Choose another checkpoint.',
      });
    return {
      format: 'tf-checkpoint',
      path,
      tensors,
      metadata: new Map(),
      notes: ['This is a TensorFlow checkpoint of version 1.'],
      close: () => source.close(),
    };
  } catch (error) {
    source.close();
    throw error;
  }
}

/** Where the values of each tensor lie, a TensorProto each. */
function valuesByName(reader: Reader, entries: readonly TableEntry[]): Map<string, WireField> {
  const values = new Map<string, WireField>();
  for (const entry of entries) {
    for (const slice of reader.messages(entry, SLICES.data)) {
      const [name] = reader.messages(slice, DATA.name);
      const [tensor] = reader.messages(slice, DATA.values);
      if (name && tensor) values.set(reader.text(name), tensor);
    }
  }
  return values;
}
