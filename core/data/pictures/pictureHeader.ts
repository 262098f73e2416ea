/** Recognizes a picture by its first bytes, whatever its name says, and reads its size where the format keeps it in a fixed place. */
import { jpegProblem, pngProblem, tiffProblem } from './pictureStructure.ts';

export type PictureFormat = 'jpeg' | 'png' | 'gif' | 'webp' | 'tiff' | 'bmp' | 'heif';

export interface PictureHeader {
  readonly format: PictureFormat;
  /** Pixels as stored, before any rotation; null where finding them takes a decoder. */
  readonly size: { readonly width: number; readonly height: number } | null;
  /** Surely without alpha, rotation and a colour space of its own: most JPEG files. Such a picture needs no conversion. */
  readonly plain: boolean;
  /** Why it is not to be decoded, or null. */
  readonly problem: string | null;
}

/** Null when the bytes start like none of the known formats. */
export function readPictureHeader(bytes: Buffer): PictureHeader | null {
  if (bytes.length < 12) return null;
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return readJpegHeader(bytes);
  if (bytes.readUInt32BE(0) === 0x89504e47)
    return {
      format: 'png',
      size: bytes.length < 24 ? null : { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) },
      plain: false,
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
    return { format: 'webp', size: null, plain: false, problem: null };
  if (start === 'II*\0' || start === 'MM\0*')
    return { format: 'tiff', size: null, plain: false, problem: tiffProblem(bytes) };
  if (start.startsWith('BM') && bytes.length >= 26)
    return {
      format: 'bmp',
      size: { width: bytes.readInt32LE(18), height: Math.abs(bytes.readInt32LE(22)) },
      plain: false,
      problem: null,
    };
  if (bytes.toString('latin1', 4, 8) === 'ftyp') return { format: 'heif', size: null, plain: false, problem: null };
  return null;
}

/** Walks the marker segments up to the frame header (SOF0 … SOF15 but DHT, JPG, DAC). */
function readJpegHeader(bytes: Buffer): PictureHeader {
  let offset = 2;
  let metadata = false;
  let metadataBytes = 0;
  while (offset + 10 <= bytes.length && bytes[offset] === 0xff) {
    const marker = bytes[offset + 1] as number;
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

/** What bytes that are no picture look like, for the quarantine list. */
export function describeForeignBytes(bytes: Buffer): string {
  if (bytes.length === 0) return 'the file is empty';
  if (bytes.length < 12) return `the file has only ${bytes.length} byte${bytes.length === 1 ? '' : 's'}`;
  const start = bytes.toString('latin1', 0, Math.min(bytes.length, 4096)).trimStart().toLowerCase();
  if (start.startsWith('version https://git-lfs'))
    return 'a Git LFS pointer, not the picture itself (fetch the data with git lfs pull)';
  if (start.includes('<svg')) return 'an SVG drawing; only pixel formats are read';
  if (start.startsWith('<!doctype html') || start.startsWith('<html')) return 'a web page, not a picture';
  if (/^[\t\n\r -~]*$/.test(start)) return 'text, not a picture';
  return `no known picture format (starts with ${bytes.toString('hex', 0, 4)})`;
}
