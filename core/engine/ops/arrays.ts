/** Shape, type and arithmetic ops as graph nodes. */
import type { Dtype, Graph, GraphTensor, Shape } from '../graph.ts';
import { output } from '../graph.ts';

const type = (t: GraphTensor) => ({ T: { type: t.dtype } }) as const;

export function cast(g: Graph, x: GraphTensor, to: Dtype): GraphTensor {
  return x.dtype === to ? x : g.one('Cast', [x], { SrcT: { type: x.dtype }, DstT: { type: to } }, x.shape, to);
}

/** At most one axis of `shape` may be −1. */
export function reshape(g: Graph, x: GraphTensor, shape: Shape): GraphTensor {
  return g.one('Reshape', [x, g.ints(shape)], { ...type(x), Tshape: { type: 'int32' } }, shape, x.dtype);
}

/** int32 vector of the sizes of `x` in this run. */
export function shapeOf(g: Graph, x: GraphTensor): GraphTensor {
  return g.one('Shape', [x], { ...type(x), out_type: { type: 'int32' } }, [x.shape.length], 'int32');
}

function broadcast(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) throw new Error(`shapes [${a.join()}] and [${b.join()}] do not broadcast`);
    return x === 1 ? y : x;
  });
}

/** AddV2, Sub, Mul, RealDiv, Maximum with broadcasting. */
export function binary(
  g: Graph,
  op: 'AddV2' | 'Sub' | 'Mul' | 'RealDiv' | 'Maximum',
  a: GraphTensor,
  b: GraphTensor,
): GraphTensor {
  if (a.dtype !== b.dtype) throw new Error(`${op} of ${a.dtype} and ${b.dtype}`);
  return g.one(op, [a, b], type(a), broadcast(a.shape, b.shape), a.dtype);
}

/** Ops of one value that take no attributes; elementwise.ts has a row for each. */
export type UnaryOp =
  | 'Erf'
  | 'Exp'
  | 'Log'
  | 'Neg'
  | 'Relu'
  | 'Relu6'
  | 'Rsqrt'
  | 'Sigmoid'
  | 'Sign'
  | 'Softmax'
  | 'Sqrt'
  | 'Square'
  | 'Tanh';

export function unary(g: Graph, op: UnaryOp, x: GraphTensor): GraphTensor {
  return g.one(op, [x], type(x), x.shape, x.dtype);
}

export function addAll(g: Graph, values: readonly GraphTensor[]): GraphTensor {
  const [first] = values;
  if (!first) throw new Error('nothing to add');
  return values.length === 1
    ? first
    : g.one('AddN', values, { N: { int: values.length }, ...type(first) }, first.shape, first.dtype);
}

function reducedShape(shape: Shape, axes: readonly number[], keep: boolean): Shape {
  return keep ? shape.map((d, i) => (axes.includes(i) ? 1 : d)) : shape.filter((_, i) => !axes.includes(i));
}

export function reduce(
  g: Graph,
  op: 'Sum' | 'Mean' | 'Max',
  x: GraphTensor,
  axes: readonly number[],
  keepDims = false,
): GraphTensor {
  return g.one(
    op,
    [x, g.ints(axes)],
    { ...type(x), Tidx: { type: 'int32' }, keep_dims: { bool: keepDims } },
    reducedShape(x.shape, axes, keepDims),
    x.dtype,
  );
}

/** `x` repeated to the sizes that `like` has in this run. */
export function broadcastLike(g: Graph, x: GraphTensor, like: GraphTensor): GraphTensor {
  return g.one('BroadcastTo', [x, shapeOf(g, like)], { ...type(x), Tidx: { type: 'int32' } }, like.shape, x.dtype);
}

export function concat(g: Graph, values: readonly GraphTensor[], axis: number): GraphTensor {
  const [first] = values;
  if (!first) throw new Error('nothing to concatenate');
  if (values.length === 1) return first;
  const size = values.reduce((n, v) => n + v.shape[axis]!, 0);
  return g.one(
    'ConcatV2',
    [...values, g.int(axis)],
    { N: { int: values.length }, ...type(first), Tidx: { type: 'int32' } },
    first.shape.map((d, i) => (i === axis ? size : d)),
    first.dtype,
  );
}

/** `sizes` −1 = all the rest of that axis; only axes that start at 0 may stay unknown. */
export function slice(g: Graph, x: GraphTensor, begin: readonly number[], sizes: readonly number[]): GraphTensor {
  const shape = sizes.map((s, i) => (s >= 0 ? s : x.shape[i]! < 0 ? -1 : x.shape[i]! - begin[i]!));
  return g.one('Slice', [x, g.ints(begin), g.ints(sizes)], { ...type(x), Index: { type: 'int32' } }, shape, x.dtype);
}

/** Zeros around: `paddings` = [before, after] an axis. */
export function pad(g: Graph, x: GraphTensor, paddings: readonly (readonly [number, number])[]): GraphTensor {
  const table = g.constant('int32', [paddings.length, 2], paddings.flat());
  return g.one(
    'Pad',
    [x, table],
    { ...type(x), Tpaddings: { type: 'int32' } },
    x.shape.map((d, i) => (d < 0 ? d : d + paddings[i]![0] + paddings[i]![1])),
    x.dtype,
  );
}

/** Every `strides[i]`-th element of each axis, from its element `begin[i]` (the first unless given). */
export function stridedSlice(
  g: Graph,
  x: GraphTensor,
  strides: readonly number[],
  begin: readonly number[] = strides.map(() => 0),
): GraphTensor {
  const rank = x.shape.length;
  const all = (1 << rank) - 1;
  const ends = g.ints(new Array<number>(rank).fill(0));
  return g.one(
    'StridedSlice',
    [x, g.ints(begin), ends, g.ints(strides)],
    {
      ...type(x),
      Index: { type: 'int32' },
      begin_mask: { int: 0 },
      end_mask: { int: all },
      ellipsis_mask: { int: 0 },
      new_axis_mask: { int: 0 },
      shrink_axis_mask: { int: 0 },
    },
    x.shape.map((d, i) => (d < 0 ? d : Math.ceil((d - begin[i]!) / strides[i]!))),
    x.dtype,
  );
}

/**
 * Moved towards the start of `axis` by `by` places (below 0: towards its end), what falls out coming back on the other
 * side.
 */
export function roll(g: Graph, x: GraphTensor, axis: number, by: number): GraphTensor {
  const size = x.shape[axis]!;
  const first = by >= 0 ? by : size + by;
  const part = (from: number, count: number): GraphTensor => {
    const begin = x.shape.map((_, a) => (a === axis ? from : 0));
    const sizes = x.shape.map((side, a) => (a === axis ? count : side));
    return slice(g, x, begin, sizes);
  };
  return first === 0 ? x : concat(g, [part(first, size - first), part(0, first)], axis);
}

/** Several scalars as one vector, so that a step fetches once. */
export function pack(g: Graph, scalars: readonly GraphTensor[]): GraphTensor {
  return g.one(
    'Pack',
    scalars,
    { N: { int: scalars.length }, T: { type: 'float32' }, axis: { int: 0 } },
    [scalars.length],
    'float32',
  );
}

/** Axes in another order: axis i of the result is axis `order[i]` of `x`. */
export function transpose(g: Graph, x: GraphTensor, order: readonly number[]): GraphTensor {
  return g.one(
    'Transpose',
    [x, g.ints(order)],
    { ...type(x), Tperm: { type: 'int32' } },
    order.map((axis) => x.shape[axis]!),
    x.dtype,
  );
}

/** Matrix product of the last two axes; `a` and `b` have rank 2 (MatMul) or an equal higher one (BatchMatMulV2). */
export function matMul(g: Graph, a: GraphTensor, b: GraphTensor, transposeA = false, transposeB = false): GraphTensor {
  const rank = a.shape.length;
  const at = (t: GraphTensor, k: number) => t.shape[t.shape.length - k]!;
  const shape = [...a.shape.slice(0, rank - 2), transposeA ? at(a, 1) : at(a, 2), transposeB ? at(b, 2) : at(b, 1)];
  return rank === 2
    ? g.one(
        'MatMul',
        [a, b],
        { ...type(a), transpose_a: { bool: transposeA }, transpose_b: { bool: transposeB } },
        shape,
        a.dtype,
      )
    : g.one(
        'BatchMatMulV2',
        [a, b],
        { ...type(a), adj_x: { bool: transposeA }, adj_y: { bool: transposeB } },
        shape,
        a.dtype,
      );
}

/** Uniform in [0, 1), a pure function of `seed` (int32 `[2]`) — Philox, the same numbers on CPU and GPU. */
export function statelessUniform(g: Graph, like: GraphTensor, seed: GraphTensor): GraphTensor {
  return output(
    g.add(
      'StatelessRandomUniform',
      [shapeOf(g, like), seed],
      { dtype: { type: 'float32' }, T: { type: 'int32' }, Tseed: { type: 'int32' } },
      [{ shape: like.shape, dtype: 'float32' }],
    ),
    0,
  );
}

/** 1 where a ≥ b, else 0, in the type of a. */
export function atLeast(g: Graph, a: GraphTensor, b: GraphTensor): GraphTensor {
  return cast(g, g.one('GreaterEqual', [a, b], type(a), broadcast(a.shape, b.shape), 'bool'), a.dtype);
}

/** Entries `indices` of `axis`; all different, except along the first axis. */
export function gather(g: Graph, x: GraphTensor, axis: number, indices: readonly number[]): GraphTensor {
  return g.one(
    'GatherV2',
    [x, g.ints(indices), g.int(axis)],
    { Tparams: { type: x.dtype }, Tindices: { type: 'int32' }, Taxis: { type: 'int32' }, batch_dims: { int: 0 } },
    x.shape.map((size, i) => (i === axis ? indices.length : size)),
    x.dtype,
  );
}
