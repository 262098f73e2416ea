/**
 * Chroma to the size of luma, smoothly (libjpeg's "fancy" triangle filter, jdsample.c), and YCbCr to RGB (jdcolor.c).
 */

/** Samples of one component: rows `stride` apart, of which `width × height` belong to the picture. */
export interface Plane {
  readonly samples: Uint8Array;
  readonly stride: number;
  readonly width: number;
  readonly height: number;
}

/** Twice as wide; at least 3 columns. `height` rows of `2 × width` samples. */
export function upsampleColumns({ samples, stride, width }: Plane, height: number): Plane {
  const out = new Uint8Array(2 * width * height);
  for (let y = 0, to = 0; y < height; y += 1) {
    const row = y * stride;
    const end = row + width - 1;
    out[to++] = samples[row]!;
    out[to++] = (3 * samples[row]! + samples[row + 1]! + 2) >> 2;
    for (let at = row + 1; at < end; at += 1) {
      const three = 3 * samples[at]!;
      out[to++] = (three + samples[at - 1]! + 1) >> 2;
      out[to++] = (three + samples[at + 1]! + 2) >> 2;
    }
    out[to++] = (3 * samples[end]! + samples[end - 1]! + 1) >> 2;
    out[to++] = samples[end]!;
  }
  return { samples: out, stride: 2 * width, width: 2 * width, height };
}

/**
 * Twice as wide and high; at least 3 columns. `height` rows of `2 × width` samples, `height` at most twice the plane's.
 */
export function upsampleBoth({ samples, stride, width, height: rows }: Plane, height: number): Plane {
  const out = new Uint8Array(2 * width * height);
  const sums = new Int32Array(width);
  for (let y = 0, to = 0; y < height; y += 1) {
    // Three parts of the nearer row, one of the next nearest; at the edges the same row again.
    const near = y >> 1;
    const far = Math.min(rows - 1, Math.max(0, (y & 1) === 0 ? near - 1 : near + 1));
    for (let x = 0, a = near * stride, b = far * stride; x < width; x += 1)
      sums[x] = 3 * samples[a + x]! + samples[b + x]!;
    const first = sums[0]!;
    const end = sums[width - 1]!;
    out[to++] = (4 * first + 8) >> 4;
    out[to++] = (3 * first + sums[1]! + 7) >> 4;
    for (let x = 1; x < width - 1; x += 1) {
      const three = 3 * sums[x]!;
      out[to++] = (three + sums[x - 1]! + 8) >> 4;
      out[to++] = (three + sums[x + 1]! + 7) >> 4;
    }
    out[to++] = (3 * end + sums[width - 2]! + 8) >> 4;
    out[to++] = (4 * end + 7) >> 4;
  }
  return { samples: out, stride: 2 * width, width: 2 * width, height };
}

const fix = (value: number): number => Math.floor(value * 65536 + 0.5);
const table = (entry: (x: number) => number): Int32Array => Int32Array.from({ length: 256 }, (_, i) => entry(i - 128));
const RED = table((x) => (fix(1.402) * x + 32768) >> 16);
const BLUE = table((x) => (fix(1.772) * x + 32768) >> 16);
const GREEN_OF_RED = table((x) => -fix(0.71414) * x);
const GREEN_OF_BLUE = table((x) => -fix(0.34414) * x + 32768);

/** `pixels`: `width × height × 3` bytes. */
export function writeRgb(luma: Plane, cb: Plane, cr: Plane, width: number, height: number, pixels: Uint8Array): void {
  for (let row = 0, to = 0; row < height; row += 1) {
    for (let x = 0, y = row * luma.stride, b = row * cb.stride, r = row * cr.stride; x < width; x += 1, to += 3) {
      const level = luma.samples[y + x]!;
      const blue = cb.samples[b + x]!;
      const red = cr.samples[r + x]!;
      const R = level + RED[red]!;
      const G = level + ((GREEN_OF_BLUE[blue]! + GREEN_OF_RED[red]!) >> 16);
      const B = level + BLUE[blue]!;
      pixels[to] = R < 0 ? 0 : R > 255 ? 255 : R;
      pixels[to + 1] = G < 0 ? 0 : G > 255 ? 255 : G;
      pixels[to + 2] = B < 0 ? 0 : B > 255 ? 255 : B;
    }
  }
}
