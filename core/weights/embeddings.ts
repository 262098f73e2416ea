/**
 * Learned tokens and positions of other people's transformers: leading axes of 1, and position embeddings of another
 * input size.
 */

/**
 * A function that brings a table of shape `theirs` into our shape `[rows, columns]`; null where it does not fit.
 * Positions of another square grid are interpolated as timm does: cubic with a = −0.5, widened where the grid shrinks;
 * a class token's row is kept.
 */
export function readTable(
  [rows, columns]: readonly number[],
  theirs: readonly number[],
): ((values: Float32Array) => Float32Array) | null {
  const sides = theirs.filter((_, axis) => axis >= theirs.length - 2 || theirs[axis] !== 1);
  const [count, width] = sides;
  if (sides.length !== 2 || count === undefined || width === undefined || rows === undefined) return null;
  if (width !== columns) return null;
  if (count === rows) return (values) => values;
  const [own, other] = [gridOf(rows), gridOf(count)];
  if (!own || !other || own.before !== other.before) return null;
  return (values) => {
    const start = own.before * width;
    const resized = resizeGrid(values.subarray(start), other.side, own.side, width);
    const out = new Float32Array(rows * width);
    out.set(values.subarray(0, start));
    out.set(resized, start);
    return out;
  };
}

interface Grid {
  readonly side: number;
  /** Rows of other tokens before the positions. */
  readonly before: 0 | 1;
}

function gridOf(rows: number): Grid | null {
  for (const before of [0, 1] as const) {
    const side = Math.round(Math.sqrt(rows - before));
    if (side > 1 && side ** 2 === rows - before) return { side, before };
  }
  return null;
}

/** `[from, from, width]` → `[to, to, width]`. */
function resizeGrid(values: Float32Array, from: number, to: number, width: number): Float32Array {
  const taps = tapsOf(from, to);
  const inRows = stretched(values, taps, { lines: from, from, width });
  // `[from, to, width]` as one line of `from` places, each a row of the result.
  return stretched(inRows, taps, { lines: 1, from, width: to * width });
}

/** Each of `lines` lines of `from` places, `width` numbers a place, with the places that `taps` make. */
function stretched(
  values: Float32Array,
  taps: readonly Taps[],
  { lines, from, width }: { readonly lines: number; readonly from: number; readonly width: number },
): Float32Array {
  const out = new Float32Array(lines * taps.length * width);
  for (let line = 0; line < lines; line++) {
    taps.forEach(({ first, weights }, place) => {
      const target = (line * taps.length + place) * width;
      weights.forEach((weight, j) => {
        const source = (line * from + first + j) * width;
        for (let c = 0; c < width; c++) out[target + c]! += weight * values[source + c]!;
      });
    });
  }
  return out;
}

interface Taps {
  readonly first: number;
  readonly weights: readonly number[];
}

/** For each place of the result the places that it is made of, with weights that sum to 1. */
function tapsOf(from: number, to: number): Taps[] {
  const scale = from / to;
  const stretch = Math.max(1, scale);
  const support = 2 * stretch;
  return Array.from({ length: to }, (_, place) => {
    const centre = scale * (place + 0.5);
    const first = Math.max(0, Math.floor(centre - support + 0.5));
    const last = Math.min(from, Math.floor(centre + support + 0.5));
    const raw = Array.from({ length: last - first }, (_v, j) => cubic((j + first - centre + 0.5) / stretch));
    const sum = raw.reduce((a, b) => a + b, 0);
    return { first, weights: raw.map((weight) => weight / sum) };
  });
}

/** Keys 1981 with a = −0.5. */
function cubic(distance: number): number {
  const a = -0.5;
  const x = Math.abs(distance);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}
