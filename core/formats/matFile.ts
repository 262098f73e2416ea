/**
 * Numbers of a MATLAB file of level 5 (MATLAB 5 to 7.2), as data sets keep labels in them. Format: "MAT-File Format",
 * The MathWorks, chapter 1. Files of 7.3 are HDF5, and not read here.
 */
import { inflateSync } from 'node:zlib';

/** Values in MATLAB's order, column by column. */
export interface MatArray {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** What is wrong with the file, in words that follow its name. */
export class MatProblem extends Error {}

const HEADER_BYTES = 128;
export const MAT_TYPE = { matrix: 14, compressed: 15 } as const;
/** Labels of a large set fill a few megabytes. */
const MAX_BYTES = 64 * 2 ** 20;

/** Bytes of a number, and how it is read, by the element's type. */
const NUMBERS: Readonly<
  Record<number, readonly [bytes: number, read: (view: DataView, at: number, le: boolean) => number]>
> = {
  1: [1, (view, at) => view.getInt8(at)],
  2: [1, (view, at) => view.getUint8(at)],
  3: [2, (view, at, le) => view.getInt16(at, le)],
  4: [2, (view, at, le) => view.getUint16(at, le)],
  5: [4, (view, at, le) => view.getInt32(at, le)],
  6: [4, (view, at, le) => view.getUint32(at, le)],
  7: [4, (view, at, le) => view.getFloat32(at, le)],
  9: [8, (view, at, le) => view.getFloat64(at, le)],
  12: [8, (view, at, le) => Number(view.getBigInt64(at, le))],
  13: [8, (view, at, le) => Number(view.getBigUint64(at, le))],
};

interface Element {
  readonly type: number;
  readonly data: Buffer;
  /** Where the next one starts. */
  readonly next: number;
}

/**
 * The numeric arrays of the file by name; cells, structures, texts and sparse arrays are passed over.
 * @throws {MatProblem}
 */
export function readMatFile(bytes: Buffer): Map<string, MatArray> {
  if (bytes.length < HEADER_BYTES) throw new MatProblem('is no MATLAB file');
  const mark = bytes.toString('latin1', 126, 128);
  if (mark !== 'IM' && mark !== 'MI') throw new MatProblem('is no MATLAB file of level 5 (those of 7.3 are not read)');
  const arrays = new Map<string, MatArray>();
  const little = mark === 'IM';
  for (let at = HEADER_BYTES; at + 8 <= bytes.length;) {
    const element = elementAt(bytes, at, little);
    at = element.next;
    const whole = element.type === MAT_TYPE.compressed ? elementAt(inflated(element.data), 0, little) : element;
    if (whole.type === MAT_TYPE.matrix) addArray(whole.data, little, arrays);
  }
  return arrays;
}

function inflated(data: Buffer): Buffer {
  try {
    return inflateSync(data, { maxOutputLength: MAX_BYTES });
  } catch (error) {
    throw new MatProblem('is damaged: a part of it cannot be unpacked', { cause: error });
  }
}

/** A tag and its data: eight bytes and more, or small data within the tag itself. */
export function elementAt(bytes: Buffer, at: number, little: boolean): Element {
  if (at + 8 > bytes.length) throw new MatProblem('is cut off');
  const word = (place: number): number => (little ? bytes.readUInt32LE(place) : bytes.readUInt32BE(place));
  const first = word(at);
  const small = first >>> 16;
  if (small > 0) {
    if (small > 4) throw new MatProblem('is damaged: a small part of it is too long');
    return { type: first & 0xffff, data: bytes.subarray(at + 4, at + 4 + small), next: at + 8 };
  }
  const size = word(at + 4);
  const end = at + 8 + size;
  if (end > bytes.length) throw new MatProblem('is cut off');
  return {
    type: first,
    data: bytes.subarray(at + 8, end),
    next: first === MAT_TYPE.compressed ? end : at + 8 + Math.ceil(size / 8) * 8,
  };
}

/** Classes of arrays that hold numbers: double, single and whole numbers. */
const isNumeric = (kind: number): boolean => kind >= 6 && kind <= 15;

function addArray(data: Buffer, little: boolean, arrays: Map<string, MatArray>): void {
  const flags = elementAt(data, 0, little);
  if (!isNumeric(numbersOf(flags, little)[0]! & 0xff)) return;
  const shape = elementAt(data, flags.next, little);
  const name = elementAt(data, shape.next, little);
  arrays.set(name.data.toString('latin1'), {
    shape: numbersOf(shape, little),
    values: numbersOf(elementAt(data, name.next, little), little),
  });
}

export function numbersOf({ type, data }: Element, little: boolean): number[] {
  const [bytes, read] = NUMBERS[type] ?? [];
  if (bytes === undefined || read === undefined) throw new MatProblem(`has numbers of the unknown kind ${type}`);
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  return Array.from({ length: Math.floor(data.length / bytes) }, (_, i) => read(view, i * bytes, little));
}
