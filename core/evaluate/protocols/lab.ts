/** CIE L*a*b* of a picture, by the constants of contract/cielab.ts. */
import { L_OFFSET, labResponse, SRGB_LIGHT, XYZ_OF_LIGHT } from '../../../pure/cielab.ts';
import type { FloatPicture, Picture } from './picture.ts';

const LIGHT = Float64Array.from(SRGB_LIGHT);
const [[XR, XG, XB], [YR, YG, YB], [ZR, ZG, ZB]] = XYZ_OF_LIGHT as [
  [number, number, number],
  [number, number, number],
  [number, number, number],
];

/** L 0–100, a and b around 0; `from` = 1 leaves L out. */
export function labOf({ pixels, width, height }: Picture, from: 0 | 1): FloatPicture {
  const channels = 3 - from;
  const out = new Float32Array(width * height * channels);
  for (let i = 0, o = 0; i < pixels.length; i += 3) {
    const r = LIGHT[pixels[i]!]!;
    const g = LIGHT[pixels[i + 1]!]!;
    const b = LIGHT[pixels[i + 2]!]!;
    const x = labResponse(XR * r + XG * g + XB * b);
    const y = labResponse(YR * r + YG * g + YB * b);
    const z = labResponse(ZR * r + ZG * g + ZB * b);
    if (from === 0) out[o++] = 116 * y + L_OFFSET;
    out[o++] = 500 * (x - y);
    out[o++] = 200 * (y - z);
  }
  return { pixels: out, width, height, channels };
}
