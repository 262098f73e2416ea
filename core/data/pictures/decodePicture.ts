/**
 * The one decoder of import, training, evaluation and prediction: encoded bytes in, 8-bit sRGB out. Rotated as EXIF
 * says, alpha over white, first page or frame, 16 bits, palettes, gray and CMYK converted, embedded colour profiles
 * applied. Damaged files are refused, not repaired, and so are samples whose range nobody knows or chose.
 */
import type { Sharp } from 'sharp';
import { withOwnReason } from './aloneTurn.ts';
import { decodeBmp } from './decodeBmp.ts';
import { decodePnm } from './decodePnm.ts';
import { decodingMemory, type DecodingMemory } from './decodingMemory.ts';
import { withinMemoryBudget } from './memoryBudget.ts';
import { decodeBaselineJpeg } from './jpeg/baselineJpeg.ts';
import { describeForeignBytes, readPictureHeader, type PictureHeader } from './pictureHeader.ts';
import { pictureLibrary } from './pictureLibrary.ts';
import type { CropBox } from '../augment/geometryOps.ts';
import type { PackKey } from '../types.ts';
import { UnreadablePicture } from './unreadablePicture.ts';
import { readWideSamples, toBytes } from './wideSamples.ts';

/** Largest encoded file read, bytes. */
export const MAX_FILE_BYTES = 256 * 2 ** 20;
/** For each 50 million pixels. */
const MAX_SECONDS = 30;
/** JPEG files up to this size are decoded here, to the same bytes: the picture library takes longer to set up. */
const SMALL_PIXELS = 128 * 128;

export type DecodeTarget = Shape & Pick<PackKey, 'valueRange'>;

type Shape =
  /** The picture as it is; one with a side above `maxSide` is decoded whole and then shrunk to it. */
  | { readonly kind: 'native'; readonly maxSide: number }
  /** A square by fit and kernel. */
  | ({ readonly kind: 'square' } & Pick<PackKey, 'size' | 'fit' | 'interpolation'>)
  /**
   * A part of the picture, scaled to a square. `box` in pixels of the rotated picture; rows below it are not decoded.
   */
  | ({ readonly kind: 'crop'; readonly box: CropBox } & Pick<PackKey, 'size' | 'interpolation'>);

export interface DecodedPicture {
  /** RGB, row-major: `width × height × 3`. */
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Size of the picture itself, after rotation. */
  readonly native: { readonly width: number; readonly height: number };
  /** What was left out of it, where anything was. */
  readonly note?: string;
}

/**
 * Decodes `bytes`.
 * @throws {UnreadablePicture} for anything that is no whole, known picture within the limits
 */
export async function decodePicture(bytes: Buffer, target: DecodeTarget): Promise<DecodedPicture> {
  const header = readPictureHeader(bytes);
  if (header === null) throw new UnreadablePicture(describeForeignBytes(bytes));
  const ranged = header.wide === true && target.valueRange !== undefined;
  if (header.problem !== null && !ranged) throw new UnreadablePicture(header.problem);
  const small = decodeSmall(bytes, header, target);
  if (small !== null) return small;
  const { size, note, pages = 1 } = header;
  const memory = decodingMemory(header, bytes.length, ranged);
  if (size !== null && size.width * size.height > memory.maxPixels) throw new UnreadablePicture(memory.tooLarge);
  const work = (): Promise<DecodedPicture> => withOwnReason(() => decodeLarge(bytes, header, target, memory.maxPixels));
  try {
    const picture = await withinMemoryBudget(memory.bytes, work);
    const notes = [note, pages > 1 ? `only the first of ${pages} pages is read` : null].filter((said) => said);
    return notes.length > 0 ? { ...picture, note: notes.join('; ') } : picture;
  } catch (error) {
    if (error instanceof UnreadablePicture) throw error;
    throw new UnreadablePicture(
      header.format === 'heif' && HEVC_BRAND.test(bytes.toString('latin1', 8, 12))
        ? 'a HEIC image (coded with HEVC), which is not decoded here; convert it to JPEG, PNG or AVIF'
        : explain(error, memory),
      { cause: error },
    );
  }
}

/** ISO/IEC 23008-12: what the file says it is first. AVIF has brands of its own. */
const HEVC_BRAND = /^he(ic|ix|im|is|vc|vx)$/;

/**
 * A small plain JPEG that needs no fitting; null for anything else, and for damage, which the picture library explains.
 */
function decodeSmall(
  bytes: Buffer,
  { format, plain, size }: PictureHeader,
  target: DecodeTarget,
): DecodedPicture | null {
  if (format !== 'jpeg' || !plain || size === null) return null;
  const { width, height } = size;
  const fits =
    target.kind === 'crop'
      ? false
      : target.kind === 'native'
        ? Math.max(width, height) <= target.maxSide
        : width === target.size && height === target.size;
  const picture = fits ? decodeBaselineJpeg(bytes, SMALL_PIXELS) : null;
  return picture === null ? null : { ...picture, native: { width, height } };
}

async function decodeLarge(
  bytes: Buffer,
  header: PictureHeader,
  target: DecodeTarget,
  limit: number,
): Promise<DecodedPicture> {
  const sharp = await pictureLibrary();
  if (header.wide === true && target.valueRange !== undefined) {
    const wide = await readWideSamples(bytes, header, limit);
    const { width, height } = wide;
    const raw = { width, height, channels: 3 } as const;
    return run(sharp(toBytes(wide, target.valueRange), { raw }), { size: { width, height }, plain: true }, target);
  }
  if (header.format === 'bmp' || header.format === 'pnm') {
    const { pixels, width, height } = (header.format === 'bmp' ? decodeBmp : decodePnm)(bytes, limit);
    return run(sharp(pixels, { raw: { width, height, channels: 3 }, limitInputPixels: limit }), header, target);
  }
  const open = (failOn: 'warning' | 'error'): Sharp =>
    sharp(bytes, { failOn, limitInputPixels: limit, sequentialRead: true });
  if (header.format !== 'jpeg' || target.kind === 'crop') return run(open('error'), header, target);
  try {
    return await run(open('warning'), header, target);
  } catch (error) {
    // Bytes between markers are harmless and common; data that end early, or are none, are the remainder of another
    // file.
    if (JPEG_DAMAGE.test(String(error))) throw new UnreadablePicture('its JPEG data is damaged', { cause: error });
    return run(open('error'), header, target);
  }
}

/** What libjpeg only warns about, and fills with gray or stripes. */
const JPEG_DAMAGE = /premature end of data segment|bad huffman code|instead of rst/i;

/** The same for `pixels` that are there already, [height, width, 3] bytes: only fitting them to `target` is left. */
export async function decodePixels(
  { pixels, width, height }: { readonly pixels: Uint8Array; readonly width: number; readonly height: number },
  target: DecodeTarget,
): Promise<DecodedPicture> {
  const sharp = await pictureLibrary();
  const picture = sharp(pixels, { raw: { width, height, channels: 3 } });
  return run(picture, { size: null, plain: true }, target);
}

async function run(
  picture: Sharp,
  header: Pick<PictureHeader, 'size' | 'plain' | 'note'>,
  target: DecodeTarget,
): Promise<DecodedPicture> {
  let native: { width: number; height: number } | null = null;
  // Crops are of pictures that were decoded in time at import; watching the clock costs a tenth of their time.
  let pipeline = target.kind === 'crop' ? picture : picture.timeout({ seconds: secondsFor(header.size) });
  if (!header.plain) {
    const oriented = pipeline.autoOrient();
    const opaque = header.note ? oriented.removeAlpha() : oriented.flatten({ background: '#ffffff' });
    pipeline = opaque.toColourspace('srgb');
  }
  if (target.kind === 'crop') {
    pipeline = pipeline.extract(target.box).resize(target.size, target.size, {
      fit: 'fill',
      kernel: KERNELS[target.interpolation],
      fastShrinkOnLoad: false,
    });
  } else if (target.kind === 'square') {
    // Shrinking while the JPEG is decoded would make the pixels depend on the file's format.
    pipeline = pipeline.resize(target.size, target.size, {
      fit: target.fit === 'cover' ? 'cover' : 'fill',
      position: 'centre',
      kernel: KERNELS[target.interpolation],
      fastShrinkOnLoad: false,
    });
  } else {
    const stored = header.size ?? (await sizeOf(picture));
    if (Math.max(stored.width, stored.height) > target.maxSide) {
      native = await sizeOf(picture);
      pipeline = pipeline.resize(target.maxSide, target.maxSide, {
        fit: 'inside',
        kernel: 'linear',
        fastShrinkOnLoad: false,
      });
    }
  }
  const { data, info } = await pipeline.raw().toBuffer({ resolveWithObject: true });
  const pixels = info.channels === 3 ? data : toThreeChannels(data, info.channels);
  return {
    pixels,
    width: info.width,
    height: info.height,
    native: native ?? { width: info.width, height: info.height },
  };
}

function secondsFor(size: PictureHeader['size']): number {
  return MAX_SECONDS * Math.ceil(size === null ? 1 : (size.width * size.height) / 50_000_000);
}

const KERNELS = { lanczos3: 'lanczos3', cubic: 'cubic', linear: 'linear', nearest: 'nearest' } as const;

async function sizeOf(picture: Sharp): Promise<{ width: number; height: number }> {
  const { autoOrient } = await picture.metadata();
  return autoOrient;
}

function toThreeChannels(data: Uint8Array, channels: number): Uint8Array {
  if (channels !== 1) throw new UnreadablePicture(`decodes to ${channels} channels`);
  const rgb = new Uint8Array(data.length * 3);
  for (let i = 0; i < data.length; i += 1) rgb.fill(data[i]!, 3 * i, 3 * i + 3);
  return rgb;
}

/** The decoder's first line without its library's prefix, and in plain words where it is a common case. */
function explain(error: unknown, memory: DecodingMemory): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = (text.split('\n').find((part) => part.trim() !== '') ?? 'cannot be decoded')
    .replace(/^Input buffer\b/i, 'the file')
    .trim();
  if (/premature end/i.test(text)) return 'the file is cut off (premature end of JPEG data)';
  if (/libpng read error|pngload/i.test(text)) return `the PNG data is damaged or cut off (${line})`;
  if (/pixel limit/i.test(text)) return memory.tooLarge;
  const packing = /(\w+) compression support is not configured/i.exec(text)?.[1];
  if (packing !== undefined) return `a TIFF packed with ${packing}, which is not read; save it with LZW or Deflate`;
  if (/timeout/i.test(text)) return 'decoding took too long, and was given up';
  return line;
}

/**
 * Gray from RGB, ITU-R BT.601 luma in the fixed-point form Pillow uses (L = (19595 R + 38470 G + 7471 B + 2¹⁵) / 2¹⁶);
 * gray stays exactly itself.
 */
export function toGray(rgb: Uint8Array, out: Uint8Array): void {
  for (let i = 0, j = 0; j + 2 < rgb.length; i += 1, j += 3) {
    out[i] = (19595 * rgb[j]! + 38470 * rgb[j + 1]! + 7471 * rgb[j + 2]! + 32768) >>> 16;
  }
}
