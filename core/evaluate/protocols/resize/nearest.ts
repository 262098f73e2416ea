/** The pixel under the centre of the new one, as Pillow's `NEAREST`. */
import type { Picture } from '../picture.ts';

export function resizeNearest(
  { pixels, width, height, channels }: Picture,
  toWidth: number,
  toHeight: number,
): Picture {
  const columns = sources(width, toWidth);
  const rows = sources(height, toHeight);
  const out = new Uint8Array(toWidth * toHeight * channels);
  let o = 0;
  for (const row of rows) {
    for (const column of columns) {
      const at = (row * width + column) * channels;
      for (let c = 0; c < channels; c++) out[o++] = pixels[at + c]!;
    }
  }
  return { pixels: out, width: toWidth, height: toHeight, channels };
}

function sources(from: number, to: number): Int32Array {
  const scale = from / to;
  const found = new Int32Array(to);
  // Added up, not multiplied: where a centre falls on a border the last bit decides.
  for (let i = 0, at = scale * 0.5; i < to; i++, at += scale) found[i] = Math.min(from - 1, Math.floor(at));
  return found;
}
