/** Constructors for what PyTorch leaves in a pickle: storages by persistent id, and tensors as windows on them. */
import { StudioError } from '../../../contract/errors.ts';
import { DTYPE_BYTES, elementCount, swapBytes, toFloat32, type DType } from '../dtype.ts';
import { NUMPY_CONSTRUCTORS } from './numpyPickle.ts';
import { PickledTensor } from './pickledTensors.ts';
import {
  asCounts,
  asInteger,
  asTuple,
  badPickle,
  constructor,
  isConstructor,
  PickleRecord,
  PyDict,
  PyTuple,
  type Constructor,
  type PickleValue,
} from './pickleValues.ts';
import { gather } from '../tensorLayout.ts';
import type { WeightTensor } from '../weightFile.ts';

/** Broadcast views (stride 0) may show more elements than their storage has, up to this many. */
const MAX_BROADCAST = 1 << 20;
/** Views that skip elements are read with what they skip, up to this many. */
const MAX_SPREAD = 1 << 24;

const STORAGE_TYPES: ReadonlyMap<string, DType> = new Map<string, DType>([
  ['DoubleStorage', 'f64'],
  ['FloatStorage', 'f32'],
  ['HalfStorage', 'f16'],
  ['BFloat16Storage', 'bf16'],
  ['Float8_e4m3fnStorage', 'f8_e4m3'],
  ['Float8_e5m2Storage', 'f8_e5m2'],
  ['LongStorage', 'i64'],
  ['IntStorage', 'i32'],
  ['ShortStorage', 'i16'],
  ['CharStorage', 'i8'],
  ['ByteStorage', 'u8'],
  ['BoolStorage', 'bool'],
]);

/** Elements of one storage, wherever its bytes lie; legacy files tell the place only after the pickle. */
export class TorchStorage extends PickleRecord {
  readonly dtype: DType;
  readonly length: number;
  readonly #read: (offset: number, sizeBytes: number) => Uint8Array<ArrayBuffer>;
  readonly #bigEndian: boolean;

  constructor(
    dtype: DType,
    length: number,
    bigEndian: boolean,
    read: (offset: number, sizeBytes: number) => Uint8Array<ArrayBuffer>,
  ) {
    super();
    this.dtype = dtype;
    this.length = length;
    this.#bigEndian = bigEndian;
    this.#read = read;
  }

  override setState(): void {
    throw badPickle('a storage is given a state');
  }

  /** Elements `start` to `start + count` as float32. */
  values(start: number, count: number): Float32Array {
    const size = DTYPE_BYTES[this.dtype];
    const bytes = this.#read(start * size, count * size);
    if (this.#bigEndian) swapBytes(bytes, size);
    return toFloat32(bytes, this.dtype);
  }
}

/** A strided window on a storage, checked when it is made. */
class TorchTensor extends PickledTensor {
  readonly #storage: TorchStorage;
  readonly #offset: number;
  readonly #shape: readonly number[];
  readonly #strides: readonly number[];
  readonly #count: number;
  /** Elements from the first to the last one touched. */
  readonly #span: number;

  constructor(storage: TorchStorage, offset: number, shape: readonly number[], strides: readonly number[]) {
    super();
    if (shape.length !== strides.length || shape.length > 16)
      throw badPickle('a tensor has another number of strides than dimensions');
    this.#count = elementCount(shape, 'a tensor of the pickle');
    this.#span = this.#count === 0 ? 0 : 1 + shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis]!, 0);
    if (offset + this.#span > storage.length)
      throw badPickle(
        `a tensor of shape [${shape.join(', ')}], strides [${strides.join(', ')}] and offset ${offset} reaches ` +
          `beyond its storage of ${storage.length}`,
      );
    if (this.#count > Math.max(storage.length, MAX_BROADCAST))
      throw new StudioError(
        'weights.limit',
        `A tensor of shape [${shape.join(', ')}] repeats a storage of ${storage.length} elements.`,
        { remedy: 'Do not use this file, or save its tensors with .contiguous().' },
      );
    if (this.#span > MAX_SPREAD && this.#span > 8 * this.#count)
      throw new StudioError(
        'weights.limit',
        `A tensor of shape [${shape.join(', ')}] is spread over ${this.#span} elements of its storage.`,
        { remedy: 'Load the file in PyTorch and save the tensors with .clone().' },
      );
    this.#storage = storage;
    this.#offset = offset;
    this.#shape = shape;
    this.#strides = strides;
  }

  /** Attributes that a subclass or a hook left on the tensor. */
  override setState(): void {
    /* attributes are no weights */
  }

  tensor(): WeightTensor {
    return { dtype: this.#storage.dtype, shape: this.#shape, read: () => this.#read() };
  }

  #read(): Float32Array {
    const values = this.#storage.values(this.#offset, this.#span);
    let expected = 1;
    const contiguous = [...this.#shape.keys()].reverse().every((axis) => {
      const fits = this.#shape[axis]! <= 1 || this.#strides[axis] === expected;
      expected *= this.#shape[axis]!;
      return fits;
    });
    return contiguous || this.#count === 0 ? values : gather(values, this.#shape, this.#strides);
  }
}

/** (storage, offset, shape, strides, …): `_rebuild_tensor` and its later forms. */
function rebuildTensor(args: readonly PickleValue[]): PickleValue {
  const [storage, offset, shape, strides] = args;
  if (!(storage instanceof TorchStorage)) throw badPickle('a tensor has no storage');
  const start = asInteger(offset, "a tensor's offset");
  if (start < 0) throw badPickle('a tensor has a negative offset');
  return new TorchTensor(storage, start, asCounts(shape, "a tensor's shape"), asCounts(strides, "a tensor's strides"));
}

function firstTensor(args: readonly PickleValue[]): PickleValue {
  const [data] = args;
  if (!(data instanceof PickledTensor)) throw badPickle('a parameter holds no tensor');
  return data;
}

const REBUILDERS = [
  constructor('torch._utils._rebuild_tensor', rebuildTensor),
  constructor('torch._utils._rebuild_tensor_v2', rebuildTensor),
  constructor('torch._utils._rebuild_parameter', firstTensor),
  constructor('torch._utils._rebuild_parameter_with_state', firstTensor),
];

/** (rebuild function, class, its arguments, state): a tensor with attributes. */
function rebuildFromType(args: readonly PickleValue[]): PickleValue {
  const [rebuild, , inner] = args;
  if (!isConstructor(rebuild) || !REBUILDERS.includes(rebuild))
    throw badPickle('a tensor is rebuilt by an unknown function');
  return rebuild.construct(asTuple(inner, "a tensor's arguments"));
}

/** A name that stands for itself (`torch.float32`, `torch.strided`): kept, never used. */
function symbol(name: string): Constructor {
  return constructor(name, () => {
    throw badPickle(`${name} is called`);
  });
}

const SYMBOLS = [
  'float32',
  'float64',
  'float16',
  'bfloat16',
  'int64',
  'int32',
  'int16',
  'int8',
  'uint8',
  'bool',
  'strided',
  'contiguous_format',
  'channels_last',
  'Tensor',
];

/** Everything PyTorch's own state dicts and checkpoints need, on top of NumPy's. */
export const TORCH_CONSTRUCTORS: ReadonlyMap<string, Constructor> = new Map([
  ...NUMPY_CONSTRUCTORS,
  ...[
    ...REBUILDERS,
    constructor('torch._tensor._rebuild_from_type_v2', rebuildFromType),
    constructor('torch.nn.parameter.Parameter', firstTensor),
    constructor('torch.Size', (args) => new PyTuple(args[0] instanceof PyTuple ? args[0].items : [])),
    constructor('torch.device', () => new PyTuple([])),
    constructor('torch.storage.UntypedStorage', () => {
      throw badPickle('a storage is made without its file');
    }),
    ...[...STORAGE_TYPES.keys()].map((name) => symbol(`torch.${name}`)),
    ...SYMBOLS.map((name) => symbol(`torch.${name}`)),
  ].map((entry): [string, Constructor] => [entry.name, entry]),
]);

export interface StorageId {
  readonly dtype: DType;
  readonly key: string;
  readonly length: number;
  readonly view: { offset: number; length: number } | null;
}

/**
 * ('storage', type, key, location, elements, view?).
 * @throws {StudioError} weights.hostile: for a key that is no plain number, weights.unsupported for other types
 */
export function parseStorageId(id: PickleValue): StorageId {
  const [tag, type, key, , length, view] = asTuple(id, 'a persistent id');
  if (tag !== 'storage')
    throw badPickle(`a persistent id of the kind ${typeof tag === 'string' ? JSON.stringify(tag.slice(0, 40)) : '?'}`);
  if (!isConstructor(type)) throw badPickle("a storage's type is none");
  const dtype = STORAGE_TYPES.get(type.name.slice('torch.'.length));
  if (!dtype)
    throw new StudioError('weights.unsupported', `The file holds a storage of the type ${type.name}.`, {
      remedy: 'Save the state dict as float32.',
    });
  if (typeof key !== 'string' || !/^\d{1,20}$/.test(key))
    throw new StudioError(
      'weights.hostile',
      `A storage has the key ${JSON.stringify(typeof key === 'string' ? key.slice(0, 80) : null)}; keys are plain ` +
        'numbers.',
      { remedy: 'Do not use this file: the key names a path of its own choosing.' },
    );
  const count = asInteger(length, "a storage's length");
  if (count < 0) throw badPickle('a storage has a negative length');
  if (view === undefined || view === null) return { dtype, key, length: count, view: null };
  const [, viewOffset, viewLength] = asTuple(view, "a storage's view");
  return {
    dtype,
    key,
    length: count,
    view: { offset: asInteger(viewOffset, 'a view'), length: asInteger(viewLength, 'a view') },
  };
}

/** Whether `value` is a dict, as the sys_info of legacy files. */
export function littleEndianOf(sysInfo: PickleValue): boolean {
  return !(sysInfo instanceof PyDict) || sysInfo.get('little_endian') !== false;
}
