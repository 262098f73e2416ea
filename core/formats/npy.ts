/**
 * NumPy's .npy (versions 1 to 3): one array, or a pickled dict of arrays as in vgg16.npy. The header is read by a
 * grammar, never evaluated.
 */
import { StudioError } from '../../contract/errors.ts';
import { damaged } from './byteSource.ts';
import { DTYPE_BYTES, elementCount } from './dtype.ts';
import { decodeNumpy, NUMPY_CONSTRUCTORS, parseNumpyType, type NumpyType } from './pickle/numpyPickle.ts';
import { readPickle } from './pickle/pickle.ts';
import { findTensors, type PickleFindings } from './pickle/pickledTensors.ts';
import type { RandomAccess } from './randomAccess.ts';
import type { WeightTensor } from './weightFile.ts';

/** NumPy's own limit for headers it will parse. */
const MAX_HEADER_BYTES = 10_000;

export interface NpyHeader {
  readonly type: NumpyType;
  readonly shape: readonly number[];
  readonly fortran: boolean;
  /** First byte of the data. */
  readonly dataStart: number;
}

/** The dict literal of a header: `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, nothing else. */
function parseHeaderText(text: string, path: string): { descr: string; fortran: boolean; shape: number[] } {
  const fail = (): never => {
    throw new StudioError(
      'weights.damaged',
      `${path}: the .npy header is not the plain dict it must be: ${JSON.stringify(text.slice(0, 80))}.`,
      { remedy: 'Save the array again with numpy.save; a record array must become plain float32.' },
    );
  };
  const body = /^\s*\{([^]*?),?\s*\}\s*$/.exec(text)?.[1] ?? fail();
  const token = /\s*'(descr|fortran_order|shape)'\s*:\s*(?:'([^'\\]{1,40})'|(True|False)|\(([\dL,\s]*)\))\s*(?:,|$)/y;
  const found = new Map<string, string>();
  for (let at = 0; at < body.length; at = token.lastIndex) {
    token.lastIndex = at;
    const match = token.exec(body);
    if (!match) return fail();
    const [, key, quoted, boolean, tuple] = match;
    const expected = key === 'descr' ? quoted : key === 'shape' ? tuple : boolean;
    if (expected === undefined || found.has(key!)) return fail();
    found.set(key!, expected);
  }
  if (found.size !== 3) return fail();
  const sizes = found
    .get('shape')!
    .split(',')
    .map((size) => size.trim());
  if (sizes.at(-1) === '') sizes.pop();
  if (sizes.length > 32 || sizes.some((size) => !/^\d{1,20}L?$/.test(size))) return fail();
  return {
    descr: found.get('descr')!,
    fortran: found.get('fortran_order') === 'True',
    shape: sizes.map((size) => Number(size.replace('L', ''))),
  };
}

/** @throws {StudioError} weights.damaged, weights.limit (header, shape), weights.unsupported (element type) */
export function readNpyHeader(source: RandomAccess): NpyHeader {
  const { path } = source;
  const start = source.read(0, Math.min(12, source.sizeBytes));
  const version = start[6];
  if (start.length < 10 || (version !== 1 && version !== 2 && version !== 3) || start[7] !== 0)
    throw damaged(path, `the .npy version ${version ?? '?'}.${start[7] ?? '?'} is unknown.`);
  const view = new DataView(start.buffer);
  const wide = version > 1;
  if (wide && start.length < 12) throw damaged(path, 'it ends inside the .npy header.');
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  if (length > MAX_HEADER_BYTES)
    throw new StudioError(
      'weights.limit',
      `${path}: the .npy header has ${length} bytes; at most ${MAX_HEADER_BYTES} are read.`,
      { remedy: 'Save the array again with numpy.save.' },
    );
  const headerStart = wide ? 12 : 10;
  const text = Buffer.from(source.read(headerStart, length)).toString(version === 3 ? 'utf8' : 'latin1');
  const { descr, fortran, shape } = parseHeaderText(text, path);
  elementCount(shape, path);
  return { type: parseNumpyType(descr), shape, fortran, dataStart: headerStart + length };
}

/**
 * The tensors of one .npy: `name` for a plain array, the dict's own names (joined by `/`) for a pickled one.
 * @throws {StudioError} as `readNpyHeader` and `readPickle`; `weights.damaged`: the data is not as long as the shape
 *   says
 */
export function readNpy(
  source: RandomAccess,
  name: string,
  found: PickleFindings,
  entry?: string,
): Map<string, WeightTensor> {
  const { type, shape, fortran, dataStart } = readNpyHeader(source);
  const { dtype, bigEndian } = type;
  if (dtype === 'object') {
    const pickle = readPickle(source, { constructors: NUMPY_CONSTRUCTORS, start: dataStart });
    found.notes.push('The arrays were pickled; they were read as data, nothing in them was run.');
    return findTensors(pickle, '/', found, entry);
  }
  const sizeBytes = elementCount(shape, source.path) * DTYPE_BYTES[dtype];
  if (!Number.isSafeInteger(sizeBytes))
    throw new StudioError(
      'weights.limit',
      `${source.path} claims the shape [${shape.join(', ')}], more than any file can hold.`,
      { remedy: 'Do not use this file: its header is wrong or made up.' },
    );
  if (source.sizeBytes - dataStart !== sizeBytes)
    throw damaged(
      source.path,
      `an array of shape [${shape.join(', ')}] needs ${sizeBytes} bytes of data, there are ` +
        `${source.sizeBytes - dataStart}.`,
    );
  return new Map([
    [
      name,
      { dtype, shape, read: () => decodeNumpy(source.read(dataStart, sizeBytes), dtype, bigEndian, shape, fortran) },
    ],
  ]);
}
