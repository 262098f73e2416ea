/** Reordering of row-major tensors. */

/** Side of the squares in which two axes are swapped: two of them fit the first-level cache. */
const BLOCK = 32;

function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/**
 * `out[i0, i1, …] = values[offset + Σ ik · strides[k]]`, row-major over `shape`; the fastest input axis and the fastest
 * output axis run in blocks.
 */
export function gather(
  values: Float32Array,
  shape: readonly number[],
  strides: readonly number[],
  offset = 0,
): Float32Array {
  const rank = shape.length;
  const out = new Float32Array(shape.reduce((product, size) => product * size, 1));
  if (out.length === 0) return out;
  if (rank === 0) {
    out[0] = values[offset]!;
    return out;
  }
  const outStrides = stridesOf(shape);
  const last = rank - 1;
  let fast = last;
  for (let axis = 0; axis < rank; axis++) if (shape[axis]! > 1 && strides[axis]! < strides[fast]!) fast = axis;
  const outer = [...shape.keys()].filter((axis) => axis !== last && axis !== fast);
  const index = outer.map(() => 0);
  const rows = fast === last ? 1 : shape[fast]!;
  const columns = shape[last]!;
  const rowIn = fast === last ? 0 : strides[fast]!;
  const rowOut = fast === last ? 0 : outStrides[fast]!;
  const columnIn = strides[last]!;
  for (let from = offset, to = 0; ;) {
    for (let row0 = 0; row0 < rows; row0 += BLOCK) {
      const row1 = Math.min(rows, row0 + BLOCK);
      for (let column0 = 0; column0 < columns; column0 += BLOCK) {
        const column1 = Math.min(columns, column0 + BLOCK);
        for (let row = row0; row < row1; row++) {
          const source = from + row * rowIn;
          const target = to + row * rowOut;
          for (let column = column0; column < column1; column++)
            out[target + column] = values[source + column * columnIn]!;
        }
      }
    }
    let axis = outer.length - 1;
    for (; axis >= 0; axis--) {
      const k = outer[axis]!;
      from += strides[k]!;
      to += outStrides[k]!;
      if (++index[axis]! < shape[k]!) break;
      from -= strides[k]! * shape[k]!;
      to -= outStrides[k]! * shape[k]!;
      index[axis] = 0;
    }
    if (axis < 0) return out;
  }
}

/** Axis `k` of the result is axis `order[k]` of `values`, as NumPy's transpose. */
export function transpose(values: Float32Array, shape: readonly number[], order: readonly number[]): Float32Array {
  const strides = stridesOf(shape);
  return gather(
    values,
    order.map((axis) => shape[axis]!),
    order.map((axis) => strides[axis]!),
  );
}

/** Values stored first axis fastest → row-major of the same `shape`. */
export function reorderFortran(values: Float32Array, shape: readonly number[]): Float32Array {
  const reversed = [...shape].reverse();
  return transpose(
    values,
    reversed,
    shape.map((_size, axis) => shape.length - 1 - axis),
  );
}
