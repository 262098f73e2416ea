/** What decoding a picture takes in memory, and which pictures take too much. */
import { MEMORY_BUDGET_BYTES } from './memoryBudget.ts';
import type { PictureFormat, PictureHeader } from './pictureHeader.ts';

/** Largest picture that is decoded line by line, pixels: a guard against files that unpack to gigabytes. */
const MAX_PIXELS = 300_000_000;
/**
 * Bytes for each pixel of a picture that is in memory as a whole while it is decoded, the encoded file not counted:
 * the most that sharp 0.35 took for progressive JPEG (4:4:4), interlaced PNG (16 bits, with alpha) and so on. HEIF is
 * AVIF here, whose decoder keeps eleven bytes for each pixel besides several copies of the picture.
 */
const WHOLE_BYTES: Readonly<Record<PictureFormat, number>> = {
  bmp: 3,
  pnm: 4,
  tiff: 4,
  gif: 5,
  jpeg: 6,
  webp: 9,
  png: 9,
  heif: 19,
};
/** Three samples as numbers of four bytes, and as bytes. */
const WIDE_BYTES = 15;
/** The same where it comes line by line: rows of a wide picture with 16 bits. */
const LINE_BYTES = 1;

export interface DecodingMemory {
  /** Most pixels that such a picture may have. */
  readonly maxPixels: number;
  /** Estimate for this one; of one whose size is not known, what its file has. */
  readonly bytes: number;
  /** Why it is refused, where it has more than `maxPixels`. */
  readonly tooLarge: string;
}

/**
 * @param encodedBytes size of the picture's file
 * @param wide its samples are read as numbers, to bring a range of them to bytes
 */
export function decodingMemory(
  { format, size, lineByLine }: PictureHeader,
  encodedBytes: number,
  wide = false,
): DecodingMemory {
  const pixels = size === null ? encodedBytes : size.width * size.height;
  if (lineByLine === true && !wide)
    return { maxPixels: MAX_PIXELS, bytes: encodedBytes + LINE_BYTES * pixels, tooLarge: largerThan(MAX_PIXELS) };
  const whole = wide ? WIDE_BYTES : WHOLE_BYTES[format];
  const maxPixels = Math.max(0, Math.floor((MEMORY_BUDGET_BYTES - encodedBytes) / whole));
  return {
    maxPixels,
    bytes: encodedBytes + whole * pixels,
    tooLarge: wide
      ? `${largerThan(maxPixels)}, which takes too much memory where a range of values is chosen; cut it into tiles`
      : `${largerThan(maxPixels)}, which takes too much memory as ${KINDS[format]}; save it as a plain JPEG or PNG`,
  };
}

const KINDS: Readonly<Record<PictureFormat, string>> = {
  bmp: 'BMP',
  pnm: 'PNM',
  tiff: 'such a TIFF',
  gif: 'GIF',
  jpeg: 'a progressive JPEG',
  webp: 'WebP',
  png: 'an interlaced PNG',
  heif: 'AVIF',
};

function largerThan(pixels: number): string {
  return `larger than ${Math.round(pixels / 1e6)} million pixels`;
}
