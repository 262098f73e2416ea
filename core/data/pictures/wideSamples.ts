/** Samples wider than a byte, as numbers, and how a range that was chosen brings them to bytes. */
import type { ValueRange } from '../../../contract/valueRange.ts';
import { readPnm } from './decodePnm.ts';
import type { PictureHeader } from './pictureHeader.ts';
import { pictureLibrary } from './pictureLibrary.ts';
import { asUnsigned, readTiffPage } from './tiffHeader.ts';
import { UnreadablePicture } from './unreadablePicture.ts';

export interface WideSamples {
  /** `width × height × channels`, row-major, channels last; not finite where a pixel has no data. */
  readonly samples: ArrayLike<number>;
  readonly channels: 1 | 3;
  /** Pixels, after rotation. */
  readonly width: number;
  readonly height: number;
}

/**
 * The samples of a picture whose header is `wide`, as the file has them.
 * @throws {UnreadablePicture}, and what the picture library throws
 */
export async function readWideSamples(
  bytes: Buffer,
  { format, noData }: Pick<PictureHeader, 'format' | 'noData'>,
  maxPixels: number,
): Promise<WideSamples> {
  if (format === 'pnm') return readPnm(bytes, maxPixels);
  const page = format === 'tiff' ? readTiffPage(bytes) : null;
  // The picture library cuts off negative numbers of 16 bits: their bits are read, and the sign is put back.
  const signed = page?.bitsPerSample[0] === 16 && page.sampleFormats[0] === 2;
  const sharp = await pictureLibrary();
  const picture = sharp(signed ? asUnsigned(bytes) : bytes, { failOn: 'error', limitInputPixels: maxPixels });
  const { space, channels: stored } = await picture.metadata();
  // In the file's own space nothing is converted. A fourth band is none of the colours.
  const colours = stored >= 3 ? picture.removeAlpha() : picture;
  const { data, info } = await colours
    .autoOrient()
    .toColourspace(space)
    .raw({ depth: 'float' })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  if (channels !== 1 && channels !== 3) throw new UnreadablePicture(`decodes to ${channels as number} channels`);
  const samples = new Float32Array(data.buffer, data.byteOffset, width * height * channels);
  if (signed) for (let i = 0; i < samples.length; i += 1) if (samples[i]! > 0x7fff) samples[i]! -= 0x10000;
  if (typeof noData === 'number') withoutValue(samples, noData);
  return { samples, channels, width, height };
}

/** Where `value`, as such a sample holds it, says that there is none. */
function withoutValue(samples: Float32Array, value: number): void {
  const stored = Math.fround(value);
  for (let i = 0; i < samples.length; i += 1) if (samples[i] === stored) samples[i] = NaN;
}

/** `width × height × 3` bytes: `low` and less become 0, `high` and more 255, NaN 0. */
export function toBytes({ samples, channels, width, height }: WideSamples, { low, high }: ValueRange): Uint8Array {
  const pixels = new Uint8Array(width * height * 3);
  const scale = 255 / (high - low);
  for (let i = 0; i < pixels.length; i += 1) {
    const value = samples[channels === 3 ? i : Math.floor(i / 3)]!;
    // NaN fails both comparisons.
    pixels[i] = value >= high ? 255 : value > low ? Math.round((value - low) * scale) : 0;
  }
  return pixels;
}
