/** Netpbm pictures (PBM, PGM and PPM, as text and as bytes), which the picture library does not read. */
import { UnreadablePicture } from './unreadablePicture.ts';

export interface PnmHeader {
  /** 1 to 6: bitmap, gray and colour as text; the same as bytes. */
  readonly kind: number;
  readonly width: number;
  readonly height: number;
  /** Largest sample; 1 for bitmaps. */
  readonly maxValue: number;
  /** Where the pixels start. */
  readonly start: number;
}

/** Comments can be long; a header is not. */
const HEADER_BYTES = 4096;
/**
 * Magic number, then width, height and, but for bitmaps, the largest sample, with blanks and comments between; one
 * blank ends it.
 */
const BETWEEN = '(?:[ \\t\\r\\n]|#[^\\n]*\\n)+';
const BITMAP = new RegExp(`^P([14])${BETWEEN}(\\d{1,6})${BETWEEN}(\\d{1,6})[ \\t\\r\\n]`);
const SAMPLES = new RegExp(`^P([2356])${BETWEEN}(\\d{1,6})${BETWEEN}(\\d{1,6})${BETWEEN}(\\d{1,5})[ \\t\\r\\n]`);

/** Null for anything that does not start like a Netpbm picture. */
export function readPnmHeader(bytes: Buffer): PnmHeader | null {
  if (bytes[0] !== 0x50) return null;
  const head = bytes.toString('latin1', 0, HEADER_BYTES);
  const match = BITMAP.exec(head) ?? SAMPLES.exec(head);
  if (match === null) return null;
  const [all, kind, width, height, maxValue = '1'] = match;
  return {
    kind: Number(kind),
    width: Number(width),
    height: Number(height),
    maxValue: Number(maxValue),
    start: all.length,
  };
}

export interface PnmSamples extends Pick<PnmHeader, 'width' | 'height' | 'maxValue'> {
  readonly channels: 1 | 3;
  /** `width × height × channels`, top row first. */
  readonly samples: ArrayLike<number>;
}

/**
 * The samples as they are.
 * @throws {UnreadablePicture}
 */
export function readPnm(bytes: Buffer, maxPixels: number): PnmSamples {
  const header = readPnmHeader(bytes);
  if (header === null) throw new UnreadablePicture('the Netpbm header is cut off');
  const { kind, width, height, maxValue } = header;
  if (width < 1 || height < 1) throw new UnreadablePicture(`the file says it is ${width} × ${height} pixels`);
  if (width * height > maxPixels)
    throw new UnreadablePicture(`larger than ${Math.floor(maxPixels / 1e6)} million pixels`);
  if (maxValue < 1 || maxValue > 65_535) throw new UnreadablePicture(`its largest sample is ${maxValue}`);
  const channels = kind === 3 || kind === 6 ? 3 : 1;
  return { samples: readSamples(bytes, header, width * height * channels), channels, width, height, maxValue };
}

/**
 * RGB pixels, top row first; samples are scaled from 0 … largest to 0 … 255.
 * @throws {UnreadablePicture}
 */
export function decodePnm(bytes: Buffer, maxPixels: number): { pixels: Uint8Array; width: number; height: number } {
  const { samples, channels, width, height, maxValue } = readPnm(bytes, maxPixels);
  const pixels = new Uint8Array(width * height * 3);
  const scaled = Uint8Array.from({ length: maxValue + 1 }, (_, value) => Math.round((value * 255) / maxValue));
  for (let i = 0; i < pixels.length; i += 1) {
    const sample = samples[channels === 3 ? i : Math.floor(i / 3)]!;
    if (sample > maxValue) throw new UnreadablePicture(`a sample is larger than ${maxValue}, its largest`);
    pixels[i] = scaled[sample]!;
  }
  return { pixels, width, height };
}

function readSamples(bytes: Buffer, header: PnmHeader, count: number): ArrayLike<number> {
  const { kind, maxValue, start, width, height } = header;
  if (kind === 1) return textBits(bytes, start, count);
  if (kind === 2 || kind === 3) return textNumbers(bytes, start, count);
  if (kind === 4) return packedBits(bytes, start, width, height);
  const wide = maxValue > 255;
  if (start + count * (wide ? 2 : 1) > bytes.length) throw cutOff();
  if (!wide) return bytes.subarray(start, start + count);
  return Uint16Array.from({ length: count }, (_, i) => bytes.readUInt16BE(start + 2 * i));
}

/** In bitmaps 1 is black. Digits need no blanks between them. */
function textBits(bytes: Buffer, start: number, count: number): Uint8Array {
  const bits = new Uint8Array(count);
  let filled = 0;
  for (let at = start; at < bytes.length && filled < count; at += 1) {
    const digit = bytes[at]! - 0x30;
    if (digit === 0 || digit === 1) {
      bits[filled] = 1 - digit;
      filled += 1;
    }
  }
  if (filled < count) throw cutOff();
  return bits;
}

function textNumbers(bytes: Buffer, start: number, count: number): Uint32Array {
  const numbers = new Uint32Array(count);
  let filled = 0;
  let value = -1;
  for (let at = start; at <= bytes.length && filled < count; at += 1) {
    const digit = (bytes[at] ?? 0x20) - 0x30;
    if (digit >= 0 && digit <= 9) value = Math.max(0, value) * 10 + digit;
    else if (value >= 0) {
      numbers[filled] = value;
      filled += 1;
      value = -1;
    }
  }
  if (filled < count) throw cutOff();
  return numbers;
}

/** Eight pixels a byte, each row in whole bytes. */
function packedBits(bytes: Buffer, start: number, width: number, height: number): Uint8Array {
  const rowBytes = Math.ceil(width / 8);
  if (start + rowBytes * height > bytes.length) throw cutOff();
  return Uint8Array.from({ length: width * height }, (_, i) => {
    const column = i % width;
    const byte = bytes[start + Math.floor(i / width) * rowBytes + (column >> 3)]!;
    return 1 - ((byte >> (7 - (column & 7))) & 1);
  });
}

function cutOff(): UnreadablePicture {
  return new UnreadablePicture('the file is cut off');
}
