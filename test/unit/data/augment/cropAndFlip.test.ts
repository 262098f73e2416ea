import { describe, expect, it } from 'vitest';
import { cropAndFlip } from '../../../../core/data/augment/cropAndFlip.ts';

/** The definition: pad with zeros, cut out, mirror. */
function reference(
  source: Uint8Array,
  size: number,
  channels: number,
  padding: number,
  dx: number,
  dy: number,
  flip: boolean,
): number[] {
  const out: number[] = [];
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const sx = (flip ? size - 1 - x : x) + dx - padding;
      const sy = y + dy - padding;
      for (let c = 0; c < channels; c += 1)
        out.push(
          sx < 0 || sy < 0 || sx >= size || sy >= size ? 0 : (source[(sy * size + sx) * channels + c] as number),
        );
    }
  }
  return out;
}

describe('cropAndFlip', () => {
  it.each([
    [1, 0],
    [3, 0],
    [1, 2],
    [3, 2],
    [3, 7],
    [4, 1],
  ])('equals its definition at every shift: %i channels, padding %i', (channels, padding) => {
    const size = 5;
    const bytes = size * size * channels;
    const source = Uint8Array.from({ length: 3 * bytes }, (_, i) => ((i * 13) % 254) + 1);
    for (const flip of [false, true]) {
      for (let dy = 0; dy <= 2 * padding; dy += 1) {
        for (let dx = 0; dx <= 2 * padding; dx += 1) {
          const out = new Uint8Array(3 * bytes).fill(255);
          cropAndFlip(source, bytes, out, bytes, size, channels, padding, { dx, dy, flip });
          expect([...out.subarray(bytes, 2 * bytes)], `${dx}, ${dy}, ${flip}`).toEqual(
            reference(source.subarray(bytes, 2 * bytes), size, channels, padding, dx, dy, flip),
          );
          expect(new Set([...out.subarray(0, bytes), ...out.subarray(2 * bytes)])).toEqual(new Set([255]));
        }
      }
    }
  });
});
