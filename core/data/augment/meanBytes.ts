/** The colour that erased rectangles take. */
import { srgbOfLab } from '../../../pure/cielab.ts';
import type { Preprocessing } from '../../../contract/preprocessing.ts';

/** Half as light as white; what a network that sees no L is shown does not matter. */
const MID_L = 50;

/**
 * The mean color as bytes in the order of the packed pictures (RGB), which erased rectangles take: the network sees
 * zeros there.
 */
export function meanBytes({
  color,
  mean,
  scale,
  channelOrder,
}: Pick<Preprocessing, 'color' | 'mean' | 'scale' | 'channelOrder'>): number[] {
  if (color === 'lab' || color === 'ab') {
    const [l = 0, a = 0, b = 0] = [...(color === 'ab' ? [MID_L] : []), ...mean.map((m) => m * scale)];
    return srgbOfLab([l, a, b]);
  }
  const bytes = mean.map((m) => Math.min(255, Math.max(0, Math.round(m * scale))));
  return channelOrder === 'bgr' ? bytes.reverse() : bytes;
}
