/**
 * OpenCV's bilinear resize, no antialiasing: pixel centres at half-integers. Bytes are computed as OpenCV's integer
 * kernels do (weights of 11 bits, rows cut by 4 bits before the second pass), so that the result is the same to the
 * bit; floats in double precision with weights of single precision.
 */
import type { FloatPicture, Picture } from '../picture.ts';

const ONE = 2048;

interface Taps {
  /** First of the two neighbours, and the second (equal beyond the border). */
  readonly first: Int32Array;
  readonly second: Int32Array;
  /** Weight of the second one, single precision. */
  readonly share: Float32Array;
}

/**
 * Beyond the border both neighbours are the last pixel; columns count it once, rows as two parts of it, which round
 * apart.
 */
function taps(from: number, to: number, axis: 'columns' | 'rows'): Taps {
  const scale = 1 / (to / from);
  const first = new Int32Array(to);
  const second = new Int32Array(to);
  const share = new Float32Array(to);
  for (let i = 0; i < to; i++) {
    const at = Math.fround((i + 0.5) * scale - 0.5);
    const floor = Math.floor(at);
    const outside = floor < 0 || floor >= from - 1;
    first[i] = Math.min(Math.max(floor, 0), from - 1);
    second[i] = Math.min(Math.max(floor + 1, 0), from - 1);
    share[i] = outside && axis === 'columns' ? 0 : at - floor;
  }
  return { first, second, share };
}

/** Rounds halves to the even neighbour. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Picture of `width` × `height`; the same picture where nothing changes. */
export function resizeOpencvLinear(picture: Picture, width: number, height: number): Picture {
  if (picture.width === width && picture.height === height) return picture;
  // Exactly half is computed as the mean of four, rounded up.
  if (picture.width === 2 * width && picture.height === 2 * height) return halved(picture);
  const { pixels, channels } = picture;
  const x = taps(picture.width, width, 'columns');
  const y = taps(picture.height, height, 'rows');
  const stride = picture.width * channels;
  const xFirst = new Int32Array(width);
  const xSecond = new Int32Array(width);
  for (let i = 0; i < width; i++) {
    xSecond[i] = roundHalfEven(x.share[i]! * ONE);
    xFirst[i] = roundHalfEven(Math.fround(1 - x.share[i]!) * ONE);
  }
  const rowValues = width * channels;
  const out = new Uint8Array(rowValues * height);
  const rows: { source: number; values: Int32Array }[] = [
    { source: -1, values: new Int32Array(rowValues) },
    { source: -1, values: new Int32Array(rowValues) },
  ];
  const rowOf = (source: number, keep: number): Int32Array => {
    const known = rows.find((row) => row.source === source);
    if (known) return known.values;
    const slot = rows.find((row) => row.source !== keep)!;
    const { values } = slot;
    const start = source * stride;
    slot.source = source;
    for (let i = 0, o = 0; i < width; i++) {
      const a = start + x.first[i]! * channels;
      const b = start + x.second[i]! * channels;
      const wa = xFirst[i]!;
      const wb = xSecond[i]!;
      for (let c = 0; c < channels; c++) values[o++] = pixels[a + c]! * wa + pixels[b + c]! * wb;
    }
    return values;
  };
  for (let j = 0, o = 0; j < height; j++) {
    const wb = roundHalfEven(y.share[j]! * ONE);
    const wa = roundHalfEven(Math.fround(1 - y.share[j]!) * ONE);
    const a = rowOf(y.first[j]!, y.second[j]!);
    const b = rowOf(y.second[j]!, y.first[j]!);
    for (let i = 0; i < rowValues; i++) out[o++] = (((wa * (a[i]! >> 4)) >> 16) + ((wb * (b[i]! >> 4)) >> 16) + 2) >> 2;
  }
  return { pixels: out, width, height, channels };
}

function halved({ pixels, width, height, channels }: Picture): Picture {
  const w = width / 2;
  const h = height / 2;
  const stride = width * channels;
  const out = new Uint8Array(w * h * channels);
  for (let j = 0, o = 0; j < h; j++) {
    for (let i = 0; i < w; i++) {
      const at = 2 * j * stride + 2 * i * channels;
      for (let c = 0; c < channels; c++)
        out[o++] =
          (pixels[at + c]! +
            pixels[at + channels + c]! +
            pixels[at + stride + c]! +
            pixels[at + stride + channels + c]! +
            2) >>
          2;
    }
  }
  return { pixels: out, width: w, height: h, channels };
}

/** The same for floats, as OpenCV resizes arrays of float64. */
export function resizeOpencvLinearFloat(picture: FloatPicture, width: number, height: number): FloatPicture {
  if (picture.width === width && picture.height === height) return picture;
  const { pixels, channels } = picture;
  const x = taps(picture.width, width, 'columns');
  const y = taps(picture.height, height, 'rows');
  const stride = picture.width * channels;
  const out = new Float32Array(width * height * channels);
  for (let j = 0, o = 0; j < height; j++) {
    const upper = y.first[j]! * stride;
    const lower = y.second[j]! * stride;
    const yb = y.share[j]!;
    const ya = Math.fround(1 - yb);
    for (let i = 0; i < width; i++) {
      const left = x.first[i]! * channels;
      const right = x.second[i]! * channels;
      const xb = x.share[i]!;
      const xa = Math.fround(1 - xb);
      for (let c = 0; c < channels; c++) {
        const above = pixels[upper + left + c]! * xa + pixels[upper + right + c]! * xb;
        const below = pixels[lower + left + c]! * xa + pixels[lower + right + c]! * xb;
        out[o++] = above * ya + below * yb;
      }
    }
  }
  return { pixels: out, width, height, channels };
}
