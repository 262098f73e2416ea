/** Pooling with explicit padding, ceil rounding and adaptive bins, composed from TensorFlow's VALID pooling. */
import type { PoolOptions } from '../../models/builder.ts';
import type { Graph, GraphTensor } from '../graph.ts';
import { binary, cast, concat, pad, slice } from './arrays.ts';
import { pool } from './neural.ts';

/**
 * Output size along one axis as PyTorch and Caffe count it: with `ceil`, a window that would start beyond the input and
 * its leading padding is dropped.
 */
export function pooledSize(
  size: number,
  o: { kernel: number; stride: number; ceil?: boolean },
  [before, after]: readonly [number, number],
): number {
  const steps = (size + before + after - o.kernel) / o.stride;
  const out = (o.ceil ? Math.ceil(steps) : Math.floor(steps)) + 1;
  return o.ceil && (out - 1) * o.stride >= size + before ? out - 1 : out;
}

export function pooled(g: Graph, op: 'MaxPool' | 'AvgPool', x: GraphTensor, o: PoolOptions): GraphTensor {
  const given =
    typeof o.padding === 'object'
      ? o.padding
      : ([
          [o.padding ?? 0, o.padding ?? 0],
          [o.padding ?? 0, o.padding ?? 0],
        ] as const);
  // What the last window needs beyond the given padding (ceil), or less where the windows never reach it.
  const pads = [0, 1].map((axis) => {
    const size = x.shape[axis + 1]!;
    const [before, after] = given[axis] ?? [0, 0];
    const out = pooledSize(size, o, [before, after]);
    return { before, after: Math.max(0, (out - 1) * o.stride + o.kernel - size - before), given: after };
  });
  const kernel = [o.kernel, o.kernel] as const;
  const stride = [o.stride, o.stride] as const;
  if (pads.every((p) => p.before === 0 && p.after === 0)) return pool(g, op, x, kernel, stride);
  const table = [[0, 0], ...pads.map((p) => [p.before, p.after] as const), [0, 0]] as const;
  if (op === 'MaxPool') return pool(g, op, padLowest(g, x, table), kernel, stride);
  // The mean over the window is corrected by how many of its cells count.
  const sums = pool(g, op, pad(g, x, table), kernel, stride);
  const [, h = 0, w = 0] = sums.shape;
  const counted = (axis: 0 | 1, i: number) => {
    const size = x.shape[axis + 1]!;
    const p = pads[axis];
    const start = i * o.stride - (p?.before ?? 0);
    const [low, high] = o.countPadding ? [-(p?.before ?? 0), size + (p?.given ?? 0)] : [0, size];
    return Math.min(start + o.kernel, high) - Math.max(start, low);
  };
  const factors = Array.from(
    { length: h * w },
    (_, i) => (o.kernel * o.kernel) / (counted(0, Math.floor(i / w)) * counted(1, i % w)),
  );
  if (factors.every((f) => f === 1)) return sums;
  return binary(g, 'Mul', sums, cast(g, g.constant('float32', [1, h, w, 1], factors), x.dtype));
}

/** Padding that no maximum picks: the lowest finite value, not −∞, which oneDNN's kernels may turn into NaN. */
export function padLowest(g: Graph, x: GraphTensor, table: readonly (readonly [number, number])[]): GraphTensor {
  const constant = g.constant('int32', [table.length, 2], table.flat());
  const lowest = cast(g, g.float(x.dtype === 'bfloat16' ? -3.3e38 : -3.4e38), x.dtype);
  return g.one(
    'PadV2',
    [x, constant, lowest],
    { T: { type: x.dtype }, Tpaddings: { type: 'int32' } },
    x.shape.map((d, i) => (d < 0 ? d : d + table[i]![0] + table[i]![1])),
    x.dtype,
  );
}

/**
 * Adaptive pooling with PyTorch's bins: cell i of n covers floor(i·size/n) to ceil((i + 1)·size/n); a grid larger than
 * the map repeats cells.
 */
export function adaptivePool(g: Graph, op: 'MaxPool' | 'AvgPool', x: GraphTensor, grid: number): GraphTensor {
  const [, h = 0, w = 0] = x.shape;
  if (h === grid && w === grid) return x;
  if (h % grid === 0 && w % grid === 0) return pool(g, op, x, [h / grid, w / grid], [h / grid, w / grid]);
  return adaptiveAxis(g, op, adaptiveAxis(g, op, x, 1, grid), 2, grid);
}

function adaptiveAxis(g: Graph, op: 'MaxPool' | 'AvgPool', x: GraphTensor, axis: 1 | 2, grid: number): GraphTensor {
  const size = x.shape[axis]!;
  const cells = Array.from({ length: grid }, (_, i) => {
    const from = Math.floor((i * size) / grid);
    const count = Math.ceil(((i + 1) * size) / grid) - from;
    const part = slice(
      g,
      x,
      x.shape.map((_d, a) => (a === axis ? from : 0)),
      x.shape.map((d, a) => (a === axis ? count : d)),
    );
    return count === 1 ? part : pool(g, op, part, axis === 1 ? [count, 1] : [1, count], [1, 1]);
  });
  return concat(g, cells, axis);
}
