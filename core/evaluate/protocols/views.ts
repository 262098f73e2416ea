/** The views of one picture that a protocol feeds to the network. */
import sharp from 'sharp';
import { StudioError } from '../../../contract/errors.ts';
import { channelsOfInput, type CropSet, type InputColor, type ProtocolInput, type ProtocolResize, type ResolvedProtocol } from '../../../contract/protocol.ts';
import { decodePixels, toGray } from '../../data/decodePicture.ts';
import { labOf } from './lab.ts';
import type { FloatPicture, Picture } from './picture.ts';
import { resizeOpencvLinearFloat, roundHalfEven } from './resize/opencvLinear.ts';
import { resizePicture } from './resize/resizePicture.ts';

type AnyPicture = Picture | FloatPicture;

/** A square of `crop` pixels at (left, top) of `source`. */
interface Window { readonly source: AnyPicture; readonly left: number; readonly top: number }

/** One picture, or one for each of several short sides. 8-bit RGB. */
async function resized(picture: Picture, resize: ProtocolResize): Promise<Picture[]> {
  const { width, height } = picture;
  switch (resize.kind) {
    case 'none': return [picture];
    case 'squash': return [resizePicture(picture, resize.size, resize.size, resize.method)];
    case 'shortSide': {
      const short = Math.min(width, height);
      return resize.sizes.map((size) => resizePicture(picture, Math.floor((size * width) / short), Math.floor((size * height) / short), resize.method));
    }
    case 'packed': {
      if (width === resize.size && height === resize.size) return [picture];
      const raw = sharp(picture.pixels, { raw: { width, height, channels: 3 } });
      const { pixels } = await decodePixels(raw, { kind: 'square', size: resize.size, fit: resize.fit, interpolation: resize.kernel });
      return [{ pixels, width: resize.size, height: resize.size, channels: 3 }];
    }
  }
}

/** Red, green and blue stay bytes in their order: blue first is a matter of the order in which they are read. */
function inColor(picture: Picture, color: InputColor): AnyPicture {
  if (color === 'rgb' || color === 'bgr') return picture;
  if (color === 'lab') return labOf(picture, 0);
  if (color === 'ab') return labOf(picture, 1);
  const pixels = new Uint8Array(picture.width * picture.height);
  toGray(picture.pixels, pixels);
  return { ...picture, pixels, channels: 1 };
}

function asFloats(picture: AnyPicture): FloatPicture {
  return picture.pixels instanceof Float32Array ? { ...picture, pixels: picture.pixels } : { ...picture, pixels: Float32Array.from(picture.pixels) };
}

function mirrored(picture: AnyPicture): AnyPicture {
  const { pixels, width, height, channels } = picture, out = pixels.slice();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * channels, to = (y * width + width - 1 - x) * channels;
      for (let c = 0; c < channels; c++) out[to + c] = pixels[from + c]!;
    }
  }
  return out instanceof Float32Array ? { pixels: out, width, height, channels } : { pixels: out, width, height, channels };
}

/** What the windows are cut from: the picture, its squeezed square, or three squares along its long side. */
function sourcesOf(picture: AnyPicture, crops: CropSet): AnyPicture[] {
  const side = Math.min(picture.width, picture.height);
  if (crops === 'six') return [resizeOpencvLinearFloat(asFloats(picture), side, side)];
  if (crops !== 'eighteen') return [picture];
  const right = Math.floor((picture.width - side) / 2), down = Math.floor((picture.height - side) / 2);
  return [0, 1, 2].map((j) => cut(picture, right * j, down * j, side));
}

function cut(picture: AnyPicture, left: number, top: number, side: number): FloatPicture {
  const { pixels, width, channels } = picture, out = new Float32Array(side * side * channels);
  for (let y = 0; y < side; y++) {
    const from = ((top + y) * width + left) * channels;
    out.set(pixels.subarray(from, from + side * channels), y * side * channels);
  }
  return { pixels: out, width: side, height: side, channels };
}

function windowsOf(source: AnyPicture, crops: CropSet, crop: number): Window[] {
  const right = source.width - crop, down = source.height - crop;
  if (right < 0 || down < 0) throw new StudioError('input.invalid', `A picture of ${source.width} × ${source.height} pixels has no view of ${crop} × ${crop}.`, { remedy: 'Choose a protocol that resizes, or one with smaller crops.' });
  const at = (left: number, top: number): Window => ({ source, left, top });
  switch (crops) {
    case 'whole': return [at(0, 0)];
    case 'centreFloor': return [at(Math.floor(right / 2), Math.floor(down / 2))];
    case 'centreHalfEven': return [at(roundHalfEven(right / 2), roundHalfEven(down / 2))];
    case 'five': return [at(0, 0), at(right, 0), at(0, down), at(right, down), at(roundHalfEven(right / 2), roundHalfEven(down / 2))];
    case 'six':
    case 'eighteen':
      // Where crop and square are of one size all six are the same view.
      if (right === 0) return [at(0, 0)];
      return [at(0, 0), at(right, down), at(right, 0), at(0, down), at(Math.floor(right / 2), Math.floor(down / 2)), { source: resizeOpencvLinearFloat(asFloats(source), crop, crop), left: 0, top: 0 }];
  }
}

/** (value / scale − mean) / std into `out` at `offset`. */
function normalise({ source, left, top }: Window, crop: number, { color, scale, mean, std }: ProtocolInput, out: Float32Array, offset: number): void {
  const { pixels, width, channels } = source, bytes = pixels instanceof Uint8Array;
  const apply = (value: number, c: number): number => (value / scale - mean[c]!) / std[c]!;
  for (let c = 0; c < channels; c++) {
    const plane = color === 'bgr' ? channels - 1 - c : c, table = bytes ? Float32Array.from({ length: 256 }, (_, value) => apply(value, c)) : null;
    for (let y = 0, o = offset + c; y < crop; y++) {
      for (let x = 0, i = ((top + y) * width + left) * channels + plane; x < crop; x++, i += channels, o += channels) out[o] = table ? table[pixels[i]!]! : apply(pixels[i]!, c);
    }
  }
}

/**
 * All views of an 8-bit RGB `picture`, normalised: `[views, crop, crop, channels]`, the mean of whose scores is the picture's. Equal views are computed once, so
 * their number may be a divisor of `viewCount`'s; it is the same for every picture of a protocol.
 * Errors: `input.invalid` for a picture smaller than the crop.
 */
export async function viewsOf(picture: Picture, protocol: Pick<ResolvedProtocol, 'resize' | 'crop' | 'crops' | 'mirror' | 'input'>): Promise<Float32Array> {
  const { crop, crops, input } = protocol, size = crop * crop * channelsOfInput(input.color);
  const sources = (await resized(picture, protocol.resize)).flatMap((each) => sourcesOf(inColor(each, input.color), crops));
  const windows = sources.flatMap((source) => [...windowsOf(source, crops, crop), ...(protocol.mirror ? windowsOf(mirrored(source), crops, crop) : [])]);
  const out = new Float32Array(windows.length * size);
  windows.forEach((window, i) => { normalise(window, crop, input, out, i * size); });
  return out;
}
