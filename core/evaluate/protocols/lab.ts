/** CIE L*a*b* from 8-bit sRGB: IEC 61966-2-1 linearisation, D65 white of the 2° observer, CIE 1976 formulas; the constants are scikit-image's. */
import type { FloatPicture, Picture } from './picture.ts';

const LINEAR = Float64Array.from({ length: 256 }, (_, byte) => (byte / 255 > 0.04045 ? ((byte / 255 + 0.055) / 1.055) ** 2.4 : byte / 255 / 12.92));
const WHITE_X = 0.95047;
const WHITE_Z = 1.08883;

function response(t: number): number {
  return t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116;
}

/** L 0–100, a and b around 0; `from` = 1 leaves L out. */
export function labOf({ pixels, width, height }: Picture, from: 0 | 1): FloatPicture {
  const channels = 3 - from, out = new Float32Array(width * height * channels);
  for (let i = 0, o = 0; i < pixels.length; i += 3) {
    const r = LINEAR[pixels[i]!]!, g = LINEAR[pixels[i + 1]!]!, b = LINEAR[pixels[i + 2]!]!;
    const x = response((0.412453 * r + 0.35758 * g + 0.180423 * b) / WHITE_X), y = response(0.212671 * r + 0.71516 * g + 0.072169 * b), z = response((0.019334 * r + 0.119193 * g + 0.950227 * b) / WHITE_Z);
    if (from === 0) out[o++] = 116 * y - 16;
    out[o++] = 500 * (x - y);
    out[o++] = 200 * (y - z);
  }
  return { pixels: out, width, height, channels };
}
