/** Flips and padded crops on bytes, exact and without copies beyond the result. */

/**
 * Where the crop starts inside the padded picture, 0 … 2 × padding, and whether the result is mirrored left to right.
 */
export interface CropAndFlip {
  readonly dx: number;
  readonly dy: number;
  readonly flip: boolean;
}

/**
 * Writes the `size × size × channels` crop of the picture at `from` in `source`, padded with `padding` zero pixels on
 * each side, to `to` in `out`. Padding is zero bytes, black before any normalization.
 */
export function cropAndFlip(
  source: Uint8Array,
  from: number,
  out: Uint8Array,
  to: number,
  size: number,
  channels: number,
  padding: number,
  { dx, dy, flip }: CropAndFlip,
): void {
  const rowBytes = size * channels;
  const shiftX = dx - padding;
  const shiftY = dy - padding;
  if (!flip && shiftX === 0 && shiftY === 0) {
    out.set(source.subarray(from, from + size * rowBytes), to);
    return;
  }
  const left = Math.max(0, -shiftX);
  const width = Math.max(0, size - Math.abs(shiftX));
  if (padding > 0) out.fill(0, to, to + size * rowBytes);
  for (let y = Math.max(0, -shiftY); y < Math.min(size, size - shiftY); y += 1) {
    const sourceRow = from + (y + shiftY) * rowBytes + (left + shiftX) * channels;
    const outRow = to + y * rowBytes;
    if (flip) copyMirrored(source, sourceRow, out, outRow + (size - left - width) * channels, width, channels);
    else out.set(source.subarray(sourceRow, sourceRow + width * channels), outRow + left * channels);
  }
}

function copyMirrored(
  source: Uint8Array,
  from: number,
  out: Uint8Array,
  to: number,
  width: number,
  channels: number,
): void {
  if (channels === 3) {
    let at = to + 3 * (width - 1);
    for (let read = from; read < from + 3 * width; read += 3, at -= 3) {
      out[at] = source[read]!;
      out[at + 1] = source[read + 1]!;
      out[at + 2] = source[read + 2]!;
    }
    return;
  }
  for (let x = 0; x < width; x += 1) {
    for (let c = 0; c < channels; c += 1) out[to + (width - 1 - x) * channels + c] = source[from + x * channels + c]!;
  }
}
