/**
 * Pillow's resize: the kernel is stretched by the reduction (antialiasing), its weights are rounded to 22 bits, and the
 * picture goes through a horizontal pass and then a vertical one, both rounded to bytes. That is Pillow up to version
 * 12, which published figures were measured with; 13 takes the vertical pass first where the height shrinks much more
 * than the width.
 */
import type { Picture } from '../picture.ts';

export type PillowKernel = 'bilinear' | 'bicubic' | 'lanczos';

const PRECISION_BITS = 22;
const HALF = 2 ** (PRECISION_BITS - 1);
/** Parameter of the cubic kernel (Keys 1981). */
const CUBIC = -0.5;

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

const KERNELS: Readonly<Record<PillowKernel, { support: number; at: (x: number) => number }>> = {
  bilinear: { support: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: {
    support: 2,
    at: (value) => {
      const x = Math.abs(value);
      if (x < 1) return ((CUBIC + 2) * x - (CUBIC + 3)) * x * x + 1;
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * CUBIC : 0;
    },
  },
  lanczos: { support: 3, at: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

interface Windows {
  readonly start: Int32Array;
  readonly length: Int32Array;
  /** `widest` integer weights for each output pixel. */
  readonly weights: Int32Array;
  readonly widest: number;
}

function windowsOf(from: number, to: number, { support, at }: { support: number; at: (x: number) => number }): Windows {
  const scale = from / to;
  const stretch = Math.max(1, scale);
  const reach = support * stretch;
  const widest = Math.ceil(reach) * 2 + 1;
  const start = new Int32Array(to);
  const length = new Int32Array(to);
  const weights = new Int32Array(to * widest);
  const exact = new Float64Array(widest);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - reach + 0.5));
    const count = Math.min(from, Math.trunc(centre + reach + 0.5)) - first;
    let sum = 0;
    for (let k = 0; k < count; k++) sum += exact[k] = at((k + first - centre + 0.5) * (1 / stretch));
    for (let k = 0; k < count; k++) {
      const weight = (sum === 0 ? exact[k]! : exact[k]! / sum) * 2 ** PRECISION_BITS;
      weights[i * widest + k] = Math.trunc(weight < 0 ? weight - 0.5 : weight + 0.5);
    }
    start[i] = first;
    length[i] = count;
  }
  return { start, length, weights, widest };
}

function clipped(sum: number): number {
  const value = sum >> PRECISION_BITS;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

function horizontal({ pixels, width, height, channels }: Picture, to: number, windows: Windows): Picture {
  const out = new Uint8Array(to * height * channels);
  const stride = width * channels;
  for (let j = 0, o = 0; j < height; j++) {
    for (let i = 0; i < to; i++) {
      const first = j * stride + windows.start[i]! * channels;
      const count = windows.length[i]!;
      const at = i * windows.widest;
      for (let c = 0; c < channels; c++) {
        let sum = HALF;
        for (let k = 0, p = first + c; k < count; k++, p += channels) sum += pixels[p]! * windows.weights[at + k]!;
        out[o++] = clipped(sum);
      }
    }
  }
  return { pixels: out, width: to, height, channels };
}

function vertical({ pixels, width, channels }: Picture, to: number, windows: Windows): Picture {
  const stride = width * channels;
  const out = new Uint8Array(stride * to);
  const sums = new Int32Array(stride);
  for (let j = 0, o = 0; j < to; j++) {
    sums.fill(HALF);
    for (let k = 0, p = windows.start[j]! * stride; k < windows.length[j]!; k++) {
      const weight = windows.weights[j * windows.widest + k]!;
      for (let i = 0; i < stride; i++, p++) sums[i] = sums[i]! + pixels[p]! * weight;
    }
    for (let i = 0; i < stride; i++) out[o++] = clipped(sums[i]!);
  }
  return { pixels: out, width, height: to, channels };
}

/** Picture of `width` × `height`; a side that keeps its length is left alone. */
export function resizePillow(picture: Picture, width: number, height: number, kernel: PillowKernel): Picture {
  const wide =
    picture.width === width ? picture : horizontal(picture, width, windowsOf(picture.width, width, KERNELS[kernel]));
  return picture.height === height ? wide : vertical(wide, height, windowsOf(picture.height, height, KERNELS[kernel]));
}
