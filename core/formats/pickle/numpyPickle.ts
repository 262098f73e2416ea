/** Constructors for what NumPy and plain Python containers leave in a pickle. */
import { StudioError } from '../../../contract/errors.ts';
import { DTYPE_BYTES, elementCount, swapBytes, toFloat32, type DType } from '../dtype.ts';
import {
  asBytes,
  asCounts,
  asText,
  asTuple,
  badPickle,
  constructor,
  ForeignValue,
  isConstructor,
  PickleBlob,
  PickleRecord,
  PyDict,
  PyTuple,
  type Constructor,
  type PickleValue,
} from './pickleValues.ts';
import { reorderFortran } from '../tensorLayout.ts';
import type { WeightTensor } from '../weightFile.ts';

/** A NumPy element type; `object` elements are pickled values of their own. */
export interface NumpyType {
  readonly dtype: DType | 'object';
  readonly bigEndian: boolean;
}

const NUMPY_CODES: ReadonlyMap<string, DType | 'object'> = new Map<string, DType | 'object'>([
  ['f8', 'f64'],
  ['f4', 'f32'],
  ['f2', 'f16'],
  ['i8', 'i64'],
  ['i4', 'i32'],
  ['i2', 'i16'],
  ['i1', 'i8'],
  ['u8', 'u64'],
  ['u4', 'u32'],
  ['u2', 'u16'],
  ['u1', 'u8'],
  ['b1', 'bool'],
  ['O', 'object'],
  ['O8', 'object'],
  ['O4', 'object'],
]);

/** NumPy's own limit is 64. */
const MAX_RANK = 64;

/**
 * NumPy's type string, as `<f4`, `|u1`, `O`.
 * @throws {StudioError} weights.unsupported: for text, dates, records, complex and long double numbers
 */
export function parseNumpyType(text: string): NumpyType {
  const match = /^([<>=|]?)([a-zA-Z]\d*)$/.exec(text);
  const dtype = match && NUMPY_CODES.get(match[2]!);
  if (!dtype)
    throw new StudioError(
      'weights.unsupported',
      `NumPy's element type "${text.slice(0, 40)}" holds no plain numbers.`,
      { remedy: 'Save the arrays as float32.' },
    );
  return { dtype, bigEndian: match[1] === '>' };
}

/** Of arrays beside weights: `foreign` are text, dates, records and complex numbers, which no weights are. */
type PickledType = NumpyType | { readonly dtype: 'foreign'; readonly bigEndian: false };

const FOREIGN_TYPE = { dtype: 'foreign', bigEndian: false } as const;

/** The type of an array in a pickle: it may lie beside the weights and hold class names or dates. */
function pickledType(text: string): PickledType {
  try {
    return parseNumpyType(text);
  } catch {
    return FOREIGN_TYPE;
  }
}

class PickledDtype extends PickleRecord {
  type: PickledType;
  constructor(type: PickledType) {
    super();
    this.type = type;
  }
  /** State: (version, byte order, subtype, names, fields, …). */
  override setState(state: PickleValue): void {
    const [, order, subtype, names, fields] = asTuple(state, "a dtype's state");
    if ((subtype ?? null) !== null || (names ?? null) !== null || (fields ?? null) !== null) this.type = FOREIGN_TYPE;
    else if (asText(order, 'a byte order') === '>')
      this.type = this.type.dtype === 'foreign' ? FOREIGN_TYPE : { dtype: this.type.dtype, bigEndian: true };
  }
}

/** An array in a pickle: numbers that stay in the file, or `items` for an object array. */
export class PickledArray extends PickleRecord {
  #shape: readonly number[] = [0];
  #type: PickledType = { dtype: 'u8', bigEndian: false };
  #data: PickleValue = '';
  #fortran = false;

  get shape(): readonly number[] {
    return this.#shape;
  }
  get isObject(): boolean {
    return this.#type.dtype === 'object';
  }
  get holdsNumbers(): boolean {
    return this.#type.dtype !== 'object' && this.#type.dtype !== 'foreign';
  }
  get items(): readonly PickleValue[] {
    return Array.isArray(this.#data) ? this.#data : [];
  }

  fill(shape: readonly number[], type: PickledType, fortran: boolean, data: PickleValue): void {
    if (shape.length > MAX_RANK) throw badPickle(`an array has ${shape.length} dimensions`);
    const count = elementCount(shape, 'an array of the pickle');
    if (type.dtype === 'object') {
      if (!Array.isArray(data) || data.length !== count)
        throw badPickle(`an object array of ${count} has another number of items`);
    } else if (type.dtype !== 'foreign') {
      const needed = count * DTYPE_BYTES[type.dtype];
      const stored = data instanceof PickleBlob ? data.storedBytes : typeof data === 'string' ? data.length : -1;
      const exact = typeof data === 'string' || (data instanceof PickleBlob && data.encoding === 'raw');
      // An escaped byte takes at most six characters.
      if (stored < needed || stored > 6 * needed + 2 || (exact && stored !== needed))
        throw badPickle(`an array of shape [${shape.join(', ')}] needs ${needed} bytes and has ${Math.max(0, stored)}`);
    }
    this.#shape = shape;
    this.#type = type;
    this.#fortran = fortran;
    this.#data = data;
  }

  /** State: (version, shape, dtype, Fortran order, bytes or list); the oldest files leave the version out. */
  override setState(state: PickleValue): void {
    const fields = asTuple(state, "an array's state");
    const [shape, dtype, fortran, data] = fields.length === 5 ? fields.slice(1) : fields;
    if (!(dtype instanceof PickledDtype)) throw badPickle("an array's dtype is none");
    this.fill(asCounts(shape, "an array's shape"), dtype.type, fortran === true || fortran === 1, data ?? null);
  }

  /** The numbers of a plain uint8 array, row-major; null for other types. */
  uint8(): Uint8Array | null {
    return this.#type.dtype === 'u8' && !this.#fortran ? asBytes(this.#data, "an array's data") : null;
  }

  tensor(): WeightTensor {
    const { dtype, bigEndian } = this.#type;
    if (dtype === 'object' || dtype === 'foreign') throw badPickle('an array of objects stands where numbers belong');
    return {
      dtype,
      shape: this.#shape,
      read: () => decodeNumpy(asBytes(this.#data, "an array's data"), dtype, bigEndian, this.#shape, this.#fortran),
    };
  }
}

/**
 * Stored bytes → row-major float32. `bytes` is the caller's to overwrite.
 * @throws {StudioError} weights.damaged
 */
export function decodeNumpy(
  bytes: Uint8Array<ArrayBuffer>,
  dtype: DType,
  bigEndian: boolean,
  shape: readonly number[],
  fortran: boolean,
): Float32Array {
  const needed = elementCount(shape, 'an array') * DTYPE_BYTES[dtype];
  if (bytes.byteLength !== needed)
    throw badPickle(`an array of shape [${shape.join(', ')}] needs ${needed} bytes and has ${bytes.byteLength}`);
  if (bigEndian) swapBytes(bytes, DTYPE_BYTES[dtype]);
  const values = toFloat32(bytes, dtype);
  return fortran ? reorderFortran(values, shape) : values;
}

/**
 * A plain object with attributes (argparse.Namespace in training checkpoints); its state is not kept, since it holds no
 * weights.
 */
class PlainRecord extends PickleRecord {
  override setState(): void {
    /* settings of a training script are no weights */
  }
}

const NDARRAY = constructor('numpy.ndarray', () => new PickledArray());

function reconstruct(args: readonly PickleValue[]): PickleValue {
  if (args[0] !== NDARRAY) throw badPickle('an array of an unknown class');
  return new PickledArray();
}

/** (dtype, bytes): a NumPy number. */
function scalar(args: readonly PickleValue[]): PickleValue {
  const [dtype, data] = args;
  if (!(dtype instanceof PickledDtype)) throw badPickle("a number's dtype is none");
  if (data === undefined || dtype.type.dtype === 'object' || dtype.type.dtype === 'foreign') return null;
  const array = new PickledArray();
  array.fill([], dtype.type, false, data);
  return array.tensor().read()[0] ?? null;
}

/** (buffer, dtype, shape, order): protocol 5. */
function fromBuffer(args: readonly PickleValue[]): PickleValue {
  const [data, dtype, shape, order] = args;
  if (!(dtype instanceof PickledDtype)) throw badPickle("an array's dtype is none");
  const array = new PickledArray();
  array.fill(asCounts(shape, "an array's shape"), dtype.type, asText(order, "an array's order") === 'F', data ?? null);
  return array;
}

/** `_codecs.encode(text, 'latin1')`: how protocols below 3 carry bytes. */
function encode(args: readonly PickleValue[]): PickleValue {
  const [text, encoding] = args;
  if (encoding !== 'latin1' && encoding !== 'latin-1')
    throw new StudioError(
      'weights.hostile',
      `The pickle asks for _codecs.encode with the codec ${JSON.stringify(encoding ?? null)}; bytes are only ever ` +
        'carried as latin1.',
      { remedy: 'Do not use this file.' },
    );
  if (text instanceof PickleBlob && (text.encoding === 'utf8' || text.encoding === 'rawUnicode')) return text;
  if (typeof text === 'string') {
    asBytes(text, 'an encoded text');
    return text;
  }
  throw badPickle('_codecs.encode is given no text');
}

/** dict() and OrderedDict([(key, value), …]). */
function dict(args: readonly PickleValue[]): PickleValue {
  const out = new PyDict();
  const [first] = args;
  if (first instanceof PyDict) for (const [key, value] of first.entries) out.entries.set(key, value);
  else if (Array.isArray(first)) {
    for (const pair of first) {
      const [key, value] = Array.isArray(pair) ? pair : asTuple(pair, 'a dict entry');
      if (key === undefined || value === undefined || key instanceof PyDict || Array.isArray(key))
        throw badPickle('a dict entry is no pair');
      out.entries.set(key, value);
    }
  }
  return out;
}

function sequence(args: readonly PickleValue[]): PickleValue {
  const [first] = args;
  if (first === undefined) return [];
  if (Array.isArray(first)) return [...first];
  return [...asTuple(first, 'a sequence')];
}

const BYTES = (args: readonly PickleValue[]): PickleValue => args[0] ?? '';

function table(entries: readonly Constructor[]): ReadonlyMap<string, Constructor> {
  return new Map(entries.map((entry) => [entry.name, entry]));
}

const NAMESPACE = constructor('argparse.Namespace', () => new PlainRecord());

/** Globals that NumPy arrays, dicts and training checkpoints need; none does more than build a value. */
export const NUMPY_CONSTRUCTORS: ReadonlyMap<string, Constructor> = table([
  NDARRAY,
  constructor('numpy.dtype', (args) => new PickledDtype(pickledType(asText(args[0], 'a dtype')))),
  ...['numpy.core', 'numpy._core'].flatMap((module) => [
    constructor(`${module}.multiarray._reconstruct`, reconstruct),
    constructor(`${module}.multiarray.scalar`, scalar),
    constructor(`${module}.numeric._frombuffer`, fromBuffer),
  ]),
  constructor('_codecs.encode', encode),
  constructor('collections.OrderedDict', dict),
  constructor('collections.Counter', dict),
  constructor('collections.defaultdict', (args) => dict(args.slice(1))),
  ...['builtins', '__builtin__'].flatMap((module) => [
    constructor(`${module}.dict`, dict),
    constructor(`${module}.list`, sequence),
    constructor(`${module}.set`, sequence),
    constructor(`${module}.frozenset`, sequence),
    constructor(`${module}.tuple`, (args) => new PyTuple(sequence(args) as PickleValue[])),
    constructor(`${module}.bytes`, BYTES),
    constructor(`${module}.bytearray`, BYTES),
    constructor(`${module}.int`, (args) => args[0] ?? 0),
    constructor(`${module}.float`, (args) => args[0] ?? 0),
    constructor(`${module}.object`, () => new PlainRecord()),
  ]),
  NAMESPACE,
  ...['copyreg', 'copy_reg'].map((module) =>
    constructor(`${module}._reconstructor`, (args) => {
      const [type] = args;
      if (!isConstructor(type)) throw badPickle('an object of a class that is none');
      return type === NAMESPACE ? new PlainRecord() : new ForeignValue(type.name);
    }),
  ),
]);
