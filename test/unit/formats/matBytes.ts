/** MATLAB files of level 5, written byte by byte. */
import { deflateSync } from 'node:zlib';

export interface MatPart {
  readonly name: string;
  /** Of the numbers: 2 for bytes, 4 and 5 for 16 and 32 bits, 9 for floating point. */
  readonly type: number;
  readonly values: readonly number[];
  /** Class of the array; 6 double, 4 text, 9 bytes. */
  readonly kind?: number;
  /** Of one row where left out. */
  readonly shape?: readonly number[];
}

const SIZES: Readonly<Record<number, number>> = { 1: 1, 2: 1, 4: 2, 5: 4, 6: 4, 9: 8 };

export function matFile(parts: readonly MatPart[], { compressed = false, big = false } = {}): Buffer {
  const header = Buffer.alloc(128, 0x20);
  header.write('MATLAB 5.0 MAT-file', 0, 'latin1');
  header[big ? 124 : 125] = 1;
  header.write(big ? 'MI' : 'IM', 126, 'latin1');
  const arrays = parts.map((part) => arrayOf(part, big));
  return Buffer.concat([header, ...arrays.map((array) => (compressed ? packed(array, big) : array))]);
}

function word(value: number, big: boolean): Buffer {
  const out = Buffer.alloc(4);
  out[big ? 'writeUInt32BE' : 'writeUInt32LE'](value);
  return out;
}

function packed(array: Buffer, big: boolean): Buffer {
  const data = deflateSync(array);
  return Buffer.concat([word(15, big), word(data.length, big), data]);
}

/** Up to four bytes stand in the tag itself. */
function element(type: number, data: Buffer, big: boolean): Buffer {
  if (data.length <= 4 && data.length > 0)
    return Buffer.concat([word(data.length * 65_536 + type, big), data, Buffer.alloc(4 - data.length)]);
  return Buffer.concat([word(type, big), word(data.length, big), data, Buffer.alloc((8 - (data.length % 8)) % 8)]);
}

function numbers(type: number, values: readonly number[], big: boolean): Buffer {
  const size = SIZES[type]!;
  const out = Buffer.alloc(values.length * size);
  values.forEach((value, i) => {
    if (type === 9) out[big ? 'writeDoubleBE' : 'writeDoubleLE'](value, 8 * i);
    else if (type === 5) out[big ? 'writeInt32BE' : 'writeInt32LE'](value, 4 * i);
    else out[big ? 'writeUIntBE' : 'writeUIntLE'](value, size * i, size);
  });
  return out;
}

function arrayOf({ name, type, values, kind = 6, shape = [1, values.length] }: MatPart, big: boolean): Buffer {
  const inside = Buffer.concat([
    element(6, numbers(6, [kind, 0], big), big),
    element(5, numbers(5, shape, big), big),
    element(1, Buffer.from(name, 'latin1'), big),
    element(type, numbers(type, values, big), big),
  ]);
  return Buffer.concat([word(14, big), word(inside.length, big), inside]);
}
