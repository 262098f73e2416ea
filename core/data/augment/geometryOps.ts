/** Pictures as bytes sampled anew: shears, turns, shifts and resized crops. */

/** Maps centred output coordinates to centred input coordinates: x' = a·x + b·y + c, y' = d·x + e·y + f. Pixels. */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

export const AFFINE = {
  /** Shears about the upper left corner. */
  shearX: (amount: number, size: number): Affine => [1, amount, (amount * size) / 2, 0, 1, 0],
  shearY: (amount: number, size: number): Affine => [1, 0, 0, amount, 1, (amount * size) / 2],
  translateX: (pixels: number): Affine => [1, 0, -pixels, 0, 1, 0],
  translateY: (pixels: number): Affine => [1, 0, 0, 0, 1, -pixels],
  /** Counter-clockwise, about the centre. */
  rotate: (degrees: number): Affine => {
    const r = (degrees * Math.PI) / 180;
    return [Math.cos(r), -Math.sin(r), 0, Math.sin(r), Math.cos(r), 0];
  },
} as const;

/** Nearest neighbours, black outside, as torchvision's affine with a tensor. `source` is what `x` held before. */
export function warp(
  x: Uint8Array,
  size: number,
  channels: number,
  [a, b, c, d, e, f]: Affine,
  source: Uint8Array,
): void {
  source.set(x);
  const half = (size - 1) / 2;
  for (let row = 0, to = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1, to += channels) {
      const u = column - half;
      const v = row - half;
      const fromX = roundHalfEven(a * u + b * v + c + half);
      const fromY = roundHalfEven(d * u + e * v + f + half);
      const inside = fromX >= 0 && fromX < size && fromY >= 0 && fromY < size;
      const from = (fromY * size + fromX) * channels;
      for (let k = 0; k < channels; k += 1) x[to + k] = inside ? source[from + k]! : 0;
    }
  }
}

function roundHalfEven(value: number): number {
  const up = Math.round(value);
  return up - value === 0.5 && up % 2 !== 0 ? up - 1 : up;
}

export interface CropBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The box of `source` enlarged to the whole of `out`, bilinearly with pixel centres at halves, mirrored where `flip`.
 * Both are `size × size × channels`.
 */
export function resizedCrop(
  source: Uint8Array,
  out: Uint8Array,
  size: number,
  channels: number,
  box: CropBox,
  flip: boolean,
): void {
  const columns = samplesOf(box.left, box.width, size);
  const rows = samplesOf(box.top, box.height, size);
  const rowLength = size * channels;
  // Each source row is stretched once, though two output rows and more need it.
  let above = new Float32Array(rowLength);
  let below = new Float32Array(rowLength);
  let aboveRow = -1;
  let belowRow = -1;
  const stretch = (row: number, into: Float32Array): void => {
    const base = row * rowLength;
    for (let x = 0; x < size; x += 1) {
      const column = flip ? size - 1 - x : x;
      const low = base + columns.low[column]! * channels;
      const high = base + columns.high[column]! * channels;
      const share = columns.share[column]!;
      for (let c = 0; c < channels; c += 1) {
        const v = source[low + c]!;
        into[x * channels + c] = v + (source[high + c]! - v) * share;
      }
    }
  };
  for (let y = 0; y < size; y += 1) {
    const low = rows.low[y]!;
    const high = rows.high[y]!;
    const share = rows.share[y]!;
    if (low !== aboveRow) {
      if (low === belowRow) {
        [above, below] = [below, above];
        [aboveRow, belowRow] = [belowRow, aboveRow];
      } else {
        stretch(low, above);
        aboveRow = low;
      }
    }
    if (high !== belowRow) {
      stretch(high, below);
      belowRow = high;
    }
    const to = y * rowLength;
    for (let i = 0; i < rowLength; i += 1) {
      const v = above[i]!;
      out[to + i] = Math.trunc(v + (below[i]! - v) * share + 0.5);
    }
  }
}

interface Samples {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly share: Float32Array;
}

function samplesOf(start: number, length: number, size: number): Samples {
  const low = new Int32Array(size);
  const high = new Int32Array(size);
  const share = new Float32Array(size);
  for (let i = 0; i < size; i += 1) {
    const at = Math.max(0, ((i + 0.5) * length) / size - 0.5);
    const before = Math.min(length - 1, Math.floor(at));
    low[i] = start + before;
    high[i] = start + Math.min(length - 1, before + 1);
    share[i] = at - before;
  }
  return { low, high, share };
}
