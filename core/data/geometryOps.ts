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
  rotate: (degrees: number): Affine => { const r = (degrees * Math.PI) / 180; return [Math.cos(r), -Math.sin(r), 0, Math.sin(r), Math.cos(r), 0]; },
} as const;

/** Nearest neighbours, black outside, as torchvision's affine with a tensor. `source` is what `x` held before. */
export function warp(x: Uint8Array, size: number, channels: number, [a, b, c, d, e, f]: Affine, source: Uint8Array): void {
  source.set(x);
  const half = (size - 1) / 2;
  for (let row = 0, to = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1, to += channels) {
      const u = column - half, v = row - half, fromX = roundHalfEven(a * u + b * v + c + half), fromY = roundHalfEven(d * u + e * v + f + half);
      const inside = fromX >= 0 && fromX < size && fromY >= 0 && fromY < size, from = (fromY * size + fromX) * channels;
      for (let k = 0; k < channels; k += 1) x[to + k] = inside ? (source[from + k] as number) : 0;
    }
  }
}

function roundHalfEven(value: number): number {
  const up = Math.round(value);
  return up - value === 0.5 && up % 2 !== 0 ? up - 1 : up;
}

export interface CropBox { readonly left: number; readonly top: number; readonly width: number; readonly height: number }

/** The box of `source` enlarged to the whole of `out`, bilinearly with pixel centres at halves, mirrored where `flip`. Both are `size × size × channels`. */
export function resizedCrop(source: Uint8Array, out: Uint8Array, size: number, channels: number, box: CropBox, flip: boolean): void {
  const columns = weightsOf(box.left, box.width, size), rows = weightsOf(box.top, box.height, size);
  for (let y = 0; y < size; y += 1) {
    const { low: y0, high: y1, share: wy } = rows[y] as Sample;
    for (let x = 0; x < size; x += 1) {
      const { low: x0, high: x1, share: wx } = columns[flip ? size - 1 - x : x] as Sample;
      for (let c = 0; c < channels; c += 1) {
        const at = (row: number, column: number): number => source[(row * size + column) * channels + c] as number;
        const top = at(y0, x0) * (1 - wx) + at(y0, x1) * wx, bottom = at(y1, x0) * (1 - wx) + at(y1, x1) * wx;
        out[(y * size + x) * channels + c] = Math.round(top * (1 - wy) + bottom * wy);
      }
    }
  }
}

interface Sample { readonly low: number; readonly high: number; readonly share: number }

function weightsOf(start: number, length: number, size: number): Sample[] {
  return Array.from({ length: size }, (_, i) => {
    const at = Math.max(0, ((i + 0.5) * length) / size - 0.5), low = Math.min(length - 1, Math.floor(at));
    return { low: start + low, high: start + Math.min(length - 1, low + 1), share: at - low };
  });
}
