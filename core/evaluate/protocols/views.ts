/** The views of one picture that a protocol feeds to the network. */
import { StudioError } from '../../../contract/errors.ts';
import { channelsOf, type InputColor, type InputSpec } from '../../../contract/inputSpec.ts';
import type { CropSet, ProtocolResize, ResolvedProtocol } from '../../../contract/protocol.ts';
import { normalised, pictureChannel } from '../../../pure/normalisation.ts';
import { decodePixels, toGray } from '../../data/pictures/decodePicture.ts';
import { labOf } from './lab.ts';
import type { FloatPicture, Picture } from './picture.ts';
import { resizeOpencvLinearFloat, roundHalfEven } from './resize/opencvLinear.ts';
import { resizePicture } from './resize/resizePicture.ts';

type AnyPicture = Picture | FloatPicture;

/** A rectangle at (left, top) of `source`: a square of the crop, or all of it. */
interface Window {
  readonly source: AnyPicture;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** One picture, or one for each of several short sides. 8-bit RGB. */
async function resized(picture: Picture, resize: ProtocolResize): Promise<Picture[]> {
  const { width, height } = picture;
  switch (resize.kind) {
    case 'none':
      return [picture];
    case 'squash':
      return [resizePicture(picture, resize.size, resize.size, resize.method)];
    case 'shortSide': {
      const short = Math.min(width, height);
      return resize.sizes.map((size) =>
        resizePicture(picture, Math.floor((size * width) / short), Math.floor((size * height) / short), resize.method),
      );
    }
    case 'packed': {
      if (width === resize.size && height === resize.size) return [picture];
      const { pixels } = await decodePixels(picture, {
        kind: 'square',
        size: resize.size,
        fit: resize.fit,
        interpolation: resize.interpolation,
      });
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
  return picture.pixels instanceof Float32Array
    ? { ...picture, pixels: picture.pixels }
    : { ...picture, pixels: Float32Array.from(picture.pixels) };
}

function mirrored(picture: AnyPicture): AnyPicture {
  const { pixels, width, height, channels } = picture;
  const out = pixels.slice();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * channels;
      const to = (y * width + width - 1 - x) * channels;
      for (let c = 0; c < channels; c++) out[to + c] = pixels[from + c]!;
    }
  }
  return out instanceof Float32Array
    ? { pixels: out, width, height, channels }
    : { pixels: out, width, height, channels };
}

/** What the windows are cut from: the picture, its squeezed square, or three squares along its long side. */
function sourcesOf(picture: AnyPicture, crops: CropSet): AnyPicture[] {
  const side = Math.min(picture.width, picture.height);
  if (crops === 'six') return [resizeOpencvLinearFloat(asFloats(picture), side, side)];
  if (crops !== 'eighteen') return [picture];
  const right = Math.floor((picture.width - side) / 2);
  const down = Math.floor((picture.height - side) / 2);
  return [0, 1, 2].map((j) => cut(picture, right * j, down * j, side));
}

function cut(picture: AnyPicture, left: number, top: number, side: number): FloatPicture {
  const { pixels, width, channels } = picture;
  const out = new Float32Array(side * side * channels);
  for (let y = 0; y < side; y++) {
    const from = ((top + y) * width + left) * channels;
    out.set(pixels.subarray(from, from + side * channels), y * side * channels);
  }
  return { pixels: out, width: side, height: side, channels };
}

function windowsOf(source: AnyPicture, crops: CropSet, crop: number): Window[] {
  const right = source.width - crop;
  const down = source.height - crop;
  if (right < 0 || down < 0)
    throw new StudioError(
      'input.invalid',
      `An image of ${source.width} × ${source.height} pixels has no view of ${crop} × ${crop}.`,
      { remedy: 'Choose a protocol that resizes, or one with smaller crops.' },
    );
  if (crops === 'whole' && (right > 0 || down > 0))
    throw new StudioError(
      'input.invalid',
      `An image of ${source.width} × ${source.height} pixels is larger than the view of ${crop} × ${crop} that ` +
        'is to hold it whole.',
      { remedy: 'Choose a protocol that resizes or crops.' },
    );
  const sides = crops === 'dense' ? { width: source.width, height: source.height } : { width: crop, height: crop };
  const at = (left: number, top: number): Window => ({ source, left, top, ...sides });
  switch (crops) {
    case 'whole':
    case 'dense':
      return [at(0, 0)];
    case 'centreFloor':
      return [at(Math.floor(right / 2), Math.floor(down / 2))];
    case 'centreHalfEven':
      return [at(roundHalfEven(right / 2), roundHalfEven(down / 2))];
    case 'five':
      return [
        at(0, 0),
        at(right, 0),
        at(0, down),
        at(right, down),
        at(roundHalfEven(right / 2), roundHalfEven(down / 2)),
      ];
    case 'six':
    case 'eighteen':
      // Where crop and square are of one size all six are the same view.
      if (right === 0) return [at(0, 0)];
      return [
        at(0, 0),
        at(right, down),
        at(right, 0),
        at(0, down),
        at(Math.floor(right / 2), Math.floor(down / 2)),
        { ...at(0, 0), source: resizeOpencvLinearFloat(asFloats(source), crop, crop) },
      ];
  }
}

/** What the network sees of a window, into `out` at `offset`. */
function normalise(
  { source, left, top, width: wide, height: high }: Window,
  input: InputSpec,
  out: Float32Array,
  offset: number,
): void {
  const { pixels, width, channels } = source;
  const bytes = pixels instanceof Uint8Array;
  for (let c = 0; c < channels; c++) {
    const plane = pictureChannel(c, channels, input.color === 'bgr' ? 'bgr' : 'rgb');
    const table = bytes ? Float32Array.from({ length: 256 }, (_, value) => normalised(input, value, c)) : null;
    for (let y = 0, o = offset + c; y < high; y++) {
      for (let x = 0, i = ((top + y) * width + left) * channels + plane; x < wide; x++, i += channels, o += channels)
        out[o] = table ? table[pixels[i]!]! : normalised(input, pixels[i]!, c);
    }
  }
}

/** Height and width of a view, pixels. */
export interface ViewSize {
  readonly height: number;
  readonly width: number;
}
/** `pixels` of all views, one after another. */
export interface Views {
  readonly pixels: Float32Array;
  readonly sizes: readonly ViewSize[];
  /** How many of them differ: where the crop is the whole picture, its corners and its centre are one view. */
  readonly different: number;
}

/**
 * All views of an 8-bit RGB `picture`, normalised, `[height, width, channels]` each: squares of the crop, or whole
 * pictures for `dense`. The mean of their scores is the picture's. Equal views are computed once, so their number may
 * be a divisor of `viewCount`'s; it is the same for every picture of a protocol.
 * @throws {StudioError} `input.invalid`: a picture smaller than the crop, or larger where it is taken whole
 */
export async function viewsOf(
  picture: Picture,
  protocol: Pick<ResolvedProtocol, 'resize' | 'crop' | 'crops' | 'mirror' | 'input'>,
): Promise<Views> {
  const { crop, crops, input } = protocol;
  const channels = channelsOf(input);
  const sources = (await resized(picture, protocol.resize)).flatMap((each) =>
    sourcesOf(inColor(each, input.color), crops),
  );
  const windows = sources.flatMap((source) => [
    ...windowsOf(source, crops, crop),
    ...(protocol.mirror ? windowsOf(mirrored(source), crops, crop) : []),
  ]);
  const images = [...new Set(windows.map(({ source }) => source))];
  const pixels = new Float32Array(windows.reduce((sum, { width, height }) => sum + width * height * channels, 0));
  let offset = 0;
  for (const window of windows) {
    normalise(window, input, pixels, offset);
    offset += window.width * window.height * channels;
  }
  const places = new Set(windows.map(({ source, left, top }) => `${images.indexOf(source)} ${left} ${top}`));
  return { pixels, sizes: windows.map(({ height, width }) => ({ height, width })), different: places.size };
}
