/** Number formats of foreign tensors, and their decoding to float32. */
import { StudioError } from '../../contract/errors.ts';

/** Bytes an element takes. */
export const DTYPE_BYTES = {
  f64: 8,
  f32: 4,
  f16: 2,
  bf16: 2,
  f8_e4m3: 1,
  f8_e5m2: 1,
  i64: 8,
  i32: 4,
  i16: 2,
  i8: 1,
  u64: 8,
  u32: 4,
  u16: 2,
  u8: 1,
  bool: 1,
} as const;

export type DType = keyof typeof DTYPE_BYTES;

export type TensorData =
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | BigInt64Array
  | BigUint64Array;

/** Elements of a tensor of `shape`. @throws {StudioError} `weights.limit`: the product leaves the exact integers */
export function elementCount(shape: readonly number[], what: string): number {
  let count = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0)
      throw new StudioError('weights.damaged', `${what} has an impossible shape [${shape.join(', ')}].`, {
        remedy: 'The file is damaged; download or copy it again.',
      });
  }
  if (shape.includes(0)) return 0;
  for (const size of shape) {
    count *= size;
    if (!Number.isSafeInteger(count))
      throw new StudioError(
        'weights.limit',
        `${what} claims the shape [${shape.join(', ')}], more elements than any file can hold.`,
        { remedy: 'Do not use this file: its header is wrong or made up.' },
      );
  }
  return count;
}

/** The typed array that holds `data`'s elements; bytes are shared, not copied. */
export function dtypeOf(data: TensorData): DType {
  if (data instanceof Float32Array) return 'f32';
  if (data instanceof Float64Array) return 'f64';
  if (data instanceof Int32Array) return 'i32';
  if (data instanceof Uint32Array) return 'u32';
  if (data instanceof Int16Array) return 'i16';
  if (data instanceof Uint16Array) return 'u16';
  if (data instanceof Int8Array) return 'i8';
  if (data instanceof Uint8Array) return 'u8';
  return data instanceof BigInt64Array ? 'i64' : 'u64';
}

/** Reverses the bytes of every element in place. */
export function swapBytes(bytes: Uint8Array, elementBytes: number): void {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (elementBytes === 2) view.swap16();
  else if (elementBytes === 4) view.swap32();
  else if (elementBytes === 8) view.swap64();
}

/**
 * Little endian bytes, aligned and owned by the caller, as the typed array of their format; f16, bf16, f8 and bool have
 * none and are decoded.
 */
export function typedView(bytes: Uint8Array<ArrayBuffer>, dtype: DType): TensorData {
  const { buffer, byteOffset } = bytes;
  const length = bytes.byteLength / DTYPE_BYTES[dtype];
  switch (dtype) {
    case 'f64':
      return new Float64Array(buffer, byteOffset, length);
    case 'f32':
      return new Float32Array(buffer, byteOffset, length);
    case 'i64':
      return new BigInt64Array(buffer, byteOffset, length);
    case 'u64':
      return new BigUint64Array(buffer, byteOffset, length);
    case 'i32':
      return new Int32Array(buffer, byteOffset, length);
    case 'u32':
      return new Uint32Array(buffer, byteOffset, length);
    case 'i16':
      return new Int16Array(buffer, byteOffset, length);
    case 'u16':
      return new Uint16Array(buffer, byteOffset, length);
    case 'i8':
      return new Int8Array(buffer, byteOffset, length);
    case 'u8':
      return bytes;
    case 'bool':
      return bytes;
    default:
      return toFloat32(bytes, dtype);
  }
}

/** A table from 16-bit patterns to float32, for IEEE binary16 (5 exponent bits) or an 8-bit cousin. */
function smallFloatTable(bits: number, exponentBits: number, bias: number, hasInfinity: boolean): Float32Array {
  const mantissaBits = bits - 1 - exponentBits;
  const table = new Float32Array(1 << bits);
  const topExponent = (1 << exponentBits) - 1;
  const topMantissa = (1 << mantissaBits) - 1;
  for (let code = 0; code < table.length; code++) {
    const sign = code >> (bits - 1) ? -1 : 1;
    const exponent = (code >> mantissaBits) & topExponent;
    const mantissa = code & topMantissa;
    if (hasInfinity && exponent === topExponent) table[code] = mantissa ? NaN : sign * Infinity;
    else if (!hasInfinity && exponent === topExponent && mantissa === topMantissa) table[code] = NaN;
    else if (exponent === 0) table[code] = sign * mantissa * 2 ** (1 - bias - mantissaBits);
    else table[code] = sign * (1 + mantissa / (1 << mantissaBits)) * 2 ** (exponent - bias);
  }
  return table;
}

let halfTable: Float32Array | undefined;

/**
 * Little endian bytes of `dtype`, decoded; float32 input is returned as a view on the same bytes. `bytes` must be
 * aligned to the element size.
 */
export function toFloat32(bytes: Uint8Array<ArrayBuffer>, dtype: DType): Float32Array {
  if (dtype === 'f32') return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const length = bytes.byteLength / DTYPE_BYTES[dtype];
  const out = new Float32Array(length);
  if (dtype === 'bf16') {
    const source = new Uint16Array(bytes.buffer, bytes.byteOffset, length);
    const words = new Uint32Array(out.buffer);
    for (let i = 0; i < length; i++) words[i] = source[i]! << 16;
  } else if (dtype === 'f16' || dtype === 'f8_e4m3' || dtype === 'f8_e5m2') {
    const source = dtype === 'f16' ? new Uint16Array(bytes.buffer, bytes.byteOffset, length) : bytes;
    const table =
      dtype === 'f16'
        ? (halfTable ??= smallFloatTable(16, 5, 15, true))
        : dtype === 'f8_e4m3'
          ? smallFloatTable(8, 4, 7, false)
          : smallFloatTable(8, 5, 15, true);
    for (let i = 0; i < length; i++) out[i] = table[source[i]!]!;
  } else {
    const source = typedView(bytes, dtype);
    if (source instanceof BigInt64Array || source instanceof BigUint64Array)
      for (let i = 0; i < length; i++) out[i] = Number(source[i]);
    else out.set(source);
  }
  return out;
}
