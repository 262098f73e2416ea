/** The colour that erased rectangles take. */
import { srgbOfLab } from '../../../pure/cielab.ts';
import type { InputSpec } from '../../../contract/inputSpec.ts';

/** Half as light as white; what a network that sees no L is shown does not matter. */
const MID_L = 50;

/**
 * The mean color as bytes in the order of the packed pictures (RGB), which erased rectangles take: the network sees
 * zeros there.
 */
export function meanBytes({ color, mean, scale }: Pick<InputSpec, 'color' | 'mean' | 'scale'>): number[] {
  if (color === 'lab' || color === 'ab') {
    const [l = 0, a = 0, b = 0] = [...(color === 'ab' ? [MID_L] : []), ...mean.map((m) => m * scale)];
    return srgbOfLab([l, a, b]);
  }
  const bytes = mean.map((m) => Math.min(255, Math.max(0, Math.round(m * scale))));
  return color === 'bgr' ? bytes.reverse() : bytes;
}
