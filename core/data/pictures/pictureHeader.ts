/**
 * Recognizes a picture by its first bytes, whatever its name says, and reads its size where the format keeps it in a
 * fixed place.
 */
import { jpegProblem, pngProblem } from './pictureStructure.ts';
import { readPnmHeader } from './decodePnm.ts';
import { countPages, readTiffPage } from './tiffHeader.ts';
import { judgeSamples } from './tiffSamples.ts';

export type PictureFormat = 'jpeg' | 'png' | 'gif' | 'webp' | 'tiff' | 'bmp' | 'heif' | 'pnm';

export interface PictureHeader {
  readonly format: PictureFormat;
  /** Pixels as stored, before any rotation; null where finding them takes a decoder. */
  readonly size: { readonly width: number; readonly height: number } | null;
  /**
   * Surely without alpha, rotation and a colour space of its own: most JPEG files. Such a picture needs no conversion.
   */
  readonly plain: boolean;
  /** It is decoded line by line, without ever being in memory as a whole. */
  readonly lineByLine?: boolean;
  /** Why it is not to be decoded, or null. */
  readonly problem: string | null;
  /** What is left out of it, or null; then what looks like transparency is none. */
  readonly note?: string | null;
  /** Gray or RGB samples wider than a byte, which a range that is chosen brings to bytes. */
  readonly wide?: boolean;
  /** Images that it holds, of which the first is read; one where left out. */
  readonly pages?: number;
  /** The value of pixels without data. */
  readonly noData?: number | null;
}

/** Null when the bytes start like none of the known formats. */
export function readPictureHeader(bytes: Buffer): PictureHeader | null {
  const pnm = readPnmHeader(bytes);
  if (pnm !== null) return { format: 'pnm', size: pnm, plain: false, problem: null, wide: pnm.maxValue > 255 };
  if (bytes.length < 12) return null;
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return readJpegHeader(bytes);
  if (bytes.readUInt32BE(0) === 0x89504e47)
    return {
      format: 'png',
      size: bytes.length < 24 ? null : { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) },
      plain: false,
      lineByLine: bytes[28] === 0,
      // 16 bits, gray or RGB: with transparency it is a drawing.
      wide: bytes[24] === 16 && (bytes[25] === 0 || bytes[25] === 2) && pngProblem(bytes) === null,
      problem: pngProblem(bytes),
    };
  const start = bytes.toString('latin1', 0, 4);
  if (start === 'GIF8')
    return {
      format: 'gif',
      size: { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) },
      plain: false,
      problem: null,
    };
  if (start === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP')
    return { format: 'webp', size: webpSize(bytes), plain: false, problem: null };
  if (TIFF_STARTS.includes(start)) return readTiffHeader(bytes);
  if (start.startsWith('BM') && bytes.length >= 26)
    return {
      format: 'bmp',
      size: { width: bytes.readInt32LE(18), height: Math.abs(bytes.readInt32LE(22)) },
      plain: false,
      problem: null,
    };
  if (bytes.toString('latin1', 4, 8) === 'ftyp')
    return { format: 'heif', size: heifSize(bytes), plain: false, problem: null };
  return null;
}

/** Classic and BigTIFF, in both byte orders. */
const TIFF_STARTS = ['II*\0', 'MM\0*', 'II+\0', 'MM\0+'];

function readTiffHeader(bytes: Buffer): PictureHeader {
  const header = { format: 'tiff', plain: false } as const;
  const pages = countPages(bytes);
  if (pages === null) return { ...header, size: null, problem: 'its list of pages leads round in a circle' };
  const page = readTiffPage(bytes);
  if (page === null) return { ...header, size: null, problem: null };
  const size = { width: page.width, height: page.height };
  return { ...header, size, lineByLine: true, noData: page.noData, pages, ...judgeSamples(page) };
}

/** Google's container specification: a simple lossy, a simple lossless or an extended file. */
function webpSize(bytes: Buffer): PictureHeader['size'] {
  if (bytes.length < 30) return null;
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
    case 'VP8L': {
      const packed = bytes.readUInt32LE(21);
      return { width: 1 + (packed & 0x3fff), height: 1 + ((packed >>> 14) & 0x3fff) };
    }
    case 'VP8X':
      return { width: 1 + bytes.readUIntLE(24, 3), height: 1 + bytes.readUIntLE(27, 3) };
    default:
      return null;
  }
}

/** Item properties stand near the start. */
const HEIF_SEARCHED = 65_536;

/** The largest size that an `ispe` property (ISO/IEC 23008-12) gives: the picture's own, or that of its tiles. */
function heifSize(bytes: Buffer): PictureHeader['size'] {
  let size: PictureHeader['size'] = null;
  const head = bytes.subarray(0, HEIF_SEARCHED);
  for (let at = head.indexOf('ispe'); at >= 0 && at + 16 <= head.length; at = head.indexOf('ispe', at + 4)) {
    const width = head.readUInt32BE(at + 8);
    const height = head.readUInt32BE(at + 12);
    if (size === null || width * height > size.width * size.height) size = { width, height };
  }
  return size;
}

/** Walks the marker segments up to the frame header (SOF0 … SOF15 but DHT, JPG, DAC). */
function readJpegHeader(bytes: Buffer): PictureHeader {
  let offset = 2;
  let metadata = false;
  let metadataBytes = 0;
  while (offset + 10 <= bytes.length && bytes[offset] === 0xff) {
    const marker = bytes[offset + 1]!;
    if (marker === 0xff) {
      offset += 1;
      continue;
    }
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      const size = { height: bytes.readUInt16BE(offset + 5), width: bytes.readUInt16BE(offset + 7) };
      return {
        format: 'jpeg',
        size,
        plain: !metadata && bytes[offset + 4] === 8 && bytes[offset + 9] !== 4,
        lineByLine: marker !== 0xc2,
        problem: jpegProblem(bytes, marker, offset, metadataBytes),
      };
    }
    // APP1 holds EXIF, APP2 a colour profile, APP14 Adobe's colour transform.
    if (marker === 0xe1 || marker === 0xe2 || marker === 0xee) metadata = true;
    const length = bytes.readUInt16BE(offset + 2);
    // Besides tables, which are short, only APP segments and comments stand here.
    metadataBytes += length;
    offset += 2 + length;
  }
  return { format: 'jpeg', size: null, plain: false, problem: null };
}

/** Formats that are recognized only to be named, by their first bytes. */
const FOREIGN: readonly (readonly [hex: string, name: string])[] = [
  ['0000000c6a5020200d0a', 'a JPEG 2000 image'],
  ['ff4fff51', 'a JPEG 2000 codestream'],
  ['0000000c4a584c20', 'a JPEG XL image'],
  ['ff0a', 'a JPEG XL image'],
  ['762f3101', 'an OpenEXR image'],
  ['233f52414449414e4345', 'a Radiance HDR image'],
  ['38425053', 'a Photoshop file'],
  ['00000100', 'an icon file'],
  ['25504446', 'a PDF document'],
  ['716f6966', 'a QOI image'],
  ['44445320', 'a DirectDraw surface'],
  ['53494d504c45', 'a FITS file'],
  ['894844460d0a1a0a', 'an HDF5 file'],
  ['934e554d5059', 'a NumPy array'],
  ['4d41544c4142', 'a MATLAB file'],
  ['504b0304', 'a zip archive'],
  ['1f8b', 'a gzip archive'],
];

/** What bytes that are no picture look like, for the quarantine list. */
export function describeForeignBytes(bytes: Buffer): string {
  if (bytes.length === 0) return 'the file is empty';
  if (bytes.length < 12) return `the file has only ${bytes.length} byte${bytes.length === 1 ? '' : 's'}`;
  const start = bytes.toString('latin1', 0, Math.min(bytes.length, 4096)).trimStart().toLowerCase();
  if (start.startsWith('version https://git-lfs'))
    return 'a Git LFS pointer, not the image itself (fetch the data with git lfs pull)';
  if (start.includes('<svg')) return 'an SVG drawing; only pixel formats are read';
  if (start.startsWith('<!doctype html') || start.startsWith('<html')) return 'a web page, not an image';
  const hex = bytes.toString('hex', 0, 12);
  const foreign = FOREIGN.find(([magic]) => hex.startsWith(magic))?.[1] ?? (isDicom(bytes) ? 'a DICOM file' : null);
  if (foreign !== null) return `${foreign}, which is not read; convert it to PNG or JPEG`;
  if (/^[\t\n\r -~]*$/.test(start)) return 'text, not an image';
  return `no known image format (starts with ${bytes.toString('hex', 0, 4)})`;
}

function isDicom(bytes: Buffer): boolean {
  return bytes.length > 132 && bytes.toString('latin1', 128, 132) === 'DICM';
}
