/**
 * Our graph's ops in ONNX's words. Maps of rank 4 are [batch, height, width, channels] here and [batch, channels,
 * height, width] there: the picture is turned once behind the input, a map that is flattened is turned back, everything
 * between is written for the other order.
 */
import type { Attr, Shape } from '../graph.ts';
import { samePadding } from '../../models/geometry.ts';
import { constantValues, type FrozenNode, type FrozenTensor } from './frozen.ts';
import { type ElementwiseOp, elementwiseOps } from '../ops/elementwise.ts';
import type { OnnxWriter } from './onnxWriter.ts';

export const TO_CHANNELS_FIRST = [0, 3, 1, 2] as const;
export const TO_CHANNELS_LAST = [0, 2, 3, 1] as const;

/** Writes one node; its first output gets the name `out`. */
type Converter = (node: FrozenNode, w: OnnxWriter, out: string) => void;

const input = (node: FrozenNode, i: number): FrozenTensor => {
  const t = node.inputs[i];
  if (!t) throw new Error(`${node.op} has no input ${i}`);
  return t;
};
const result = (node: FrozenNode): FrozenTensor => node.outputs[0]!;
const rank = (t: FrozenTensor): number => t.shape.length;
/** An axis of ours there. */
const axisOf = (t: FrozenTensor, axis: number): number => {
  const own = axis < 0 ? axis + rank(t) : axis;
  return rank(t) === 4 ? TO_CHANNELS_FIRST.indexOf(own as 0 | 1 | 2 | 3) : own;
};
/** One value an axis, in the order there. */
const perAxis = <X>(t: FrozenTensor, values: readonly X[]): X[] =>
  rank(t) === 4 ? TO_CHANNELS_FIRST.map((axis) => values[axis]!) : [...values];

function attr(node: FrozenNode, name: string): Attr {
  const found = node.attrs[name];
  if (!found) throw new Error(`${node.op} has no ${name}`);
  return found;
}
const ints = (node: FrozenNode, name: string): readonly number[] => {
  const a = attr(node, name);
  return 'ints' in a ? a.ints : [];
};
const float = (node: FrozenNode, name: string): number => {
  const a = attr(node, name);
  return 'float' in a ? a.float : 0;
};
const flag = (node: FrozenNode, name: string): boolean => {
  const a = attr(node, name);
  return 'bool' in a && a.bool;
};
const word = (node: FrozenNode, name: string): string => {
  const a = attr(node, name);
  return 'string' in a ? a.string : '';
};

const unary =
  (op: string): Converter =>
  (node, w, out) => {
    w.node(op, [w.value(input(node, 0))], out);
  };
const elementwise =
  ({ onnx }: ElementwiseOp): Converter =>
  (node, w, out) => {
    const x = w.value(input(node, 0));
    if (typeof onnx === 'string') w.node(onnx, [x], out);
    else onnx(w, x, out, node.attrs);
  };
const binary =
  (op: string): Converter =>
  (node, w, out) => {
    w.node(
      op,
      [0, 1].map((i) => w.operand(input(node, i), rank(result(node)))),
      out,
    );
  };
const reduction =
  (op: 'ReduceMean' | 'ReduceMax'): Converter =>
  (node, w, out) => {
    const x = input(node, 0);
    const axes = constantValues(input(node, 1))
      .map((axis) => axisOf(x, axis))
      .sort((a, b) => a - b);
    const keep = flag(node, 'keep_dims');
    w.node(op, [w.value(x)], out, { axes: { ints: axes }, keepdims: { int: Number(keep) } });
  };

/** Pads as ONNX lists them: all befores, then all afters. */
function spatialPads(node: FrozenNode, kernel: readonly number[]): number[] {
  const padding = word(node, 'padding');
  const dilations = ints(node, 'dilations');
  if (padding === 'EXPLICIT') {
    const p = ints(node, 'explicit_paddings');
    return [p[2]!, p[4]!, p[3]!, p[5]!];
  }
  if (padding === 'VALID') return [0, 0, 0, 0];
  const { shape } = input(node, 0);
  const [vertical, horizontal] = [0, 1].map((i) =>
    samePadding(shape[i + 1]!, kernel[i]!, ints(node, 'strides')[i + 1]!, dilations[i + 1]!),
  ) as [readonly [number, number], readonly [number, number]];
  return [vertical[0], horizontal[0], vertical[1], horizontal[1]];
}

function convolve(node: FrozenNode, w: OnnxWriter, out: string, bias: FrozenTensor | null): void {
  const x = input(node, 0);
  const kernel = input(node, 1);
  const [h = 1, wide = 1, depth = 1, last = 1] = kernel.shape;
  const depthwise = node.op !== 'Conv2D';
  // [h, w, in / groups, out] → [out, in / groups, h, w]; depthwise [h, w, c, m] → [c · m, 1, h, w].
  const weights = depthwise
    ? w.constant(kernel, [h, wide, 1, depth * last], [3, 2, 0, 1])
    : w.constant(kernel, kernel.shape, [3, 2, 0, 1]);
  w.node('Conv', [w.value(x), weights, ...(bias ? [w.value(bias)] : [])], out, {
    kernel_shape: { ints: [h, wide] },
    strides: { ints: ints(node, 'strides').slice(1, 3) },
    dilations: { ints: ints(node, 'dilations').slice(1, 3) },
    group: { int: depthwise ? depth : x.shape[3]! / depth },
    pads: { ints: spatialPads(node, [h, wide]) },
  });
}

function pool(op: 'MaxPool' | 'AveragePool'): Converter {
  return (node, w, out) => {
    w.node(op, [w.value(input(node, 0))], out, {
      kernel_shape: { ints: ints(node, 'ksize').slice(1, 3) },
      strides: { ints: ints(node, 'strides').slice(1, 3) },
    });
  };
}

function reshape(node: FrozenNode, w: OnnxWriter, out: string): void {
  const x = input(node, 0);
  const y = result(node);
  // A map of one cell has its channels in the same order either way.
  const turned =
    rank(x) === 4 && (x.shape[1] !== 1 || x.shape[2] !== 1)
      ? w.node('Transpose', [w.value(x)], null, { perm: { ints: TO_CHANNELS_LAST } })
      : w.value(x);
  if (rank(y) !== 4 || (y.shape[1] === 1 && y.shape[2] === 1)) {
    w.node('Reshape', [turned, w.int64s(perAxis(y, y.shape))], out);
    return;
  }
  w.node('Transpose', [w.node('Reshape', [turned, w.int64s(y.shape)], null)], out, {
    perm: { ints: TO_CHANNELS_FIRST },
  });
}

function pad(node: FrozenNode, w: OnnxWriter, out: string): void {
  const x = input(node, 0);
  const table = constantValues(input(node, 1));
  const rows = perAxis(
    x,
    x.shape.map((_, axis) => [table[2 * axis]!, table[2 * axis + 1]!] as const),
  );
  const value = node.op === 'PadV2' ? [w.value(input(node, 2))] : [];
  w.node(
    'Pad',
    [w.value(x), w.int64s([...rows.map(([before]) => before), ...rows.map(([, after]) => after)]), ...value],
    out,
  );
}

function slice(node: FrozenNode, w: OnnxWriter, out: string): void {
  const x = input(node, 0);
  const begin = constantValues(input(node, 1));
  const sizes = constantValues(input(node, 2));
  const cut = x.shape.flatMap((size, axis) =>
    begin[axis] === 0 && (sizes[axis]! < 0 || sizes[axis] === size) ? [] : [axis],
  );
  const end = (axis: number): number => (sizes[axis]! < 0 ? Number.MAX_SAFE_INTEGER : begin[axis]! + sizes[axis]!);
  w.node(
    'Slice',
    [
      w.value(x),
      w.int64s(cut.map((axis) => begin[axis]!)),
      w.int64s(cut.map(end)),
      w.int64s(cut.map((axis) => axisOf(x, axis))),
    ],
    out,
  );
}

function stridedSlice(node: FrozenNode, w: OnnxWriter, out: string): void {
  const x = input(node, 0);
  const begin = constantValues(input(node, 1));
  const steps = constantValues(input(node, 3));
  const axes = x.shape.map((_, axis) => axis);
  w.node(
    'Slice',
    [
      w.value(x),
      w.int64s(begin),
      w.int64s(axes.map(() => Number.MAX_SAFE_INTEGER)),
      w.int64s(axes.map((axis) => axisOf(x, axis))),
      w.int64s(steps),
    ],
    out,
  );
}

/** The last two axes exchanged. */
const swapped = (axes: number): number[] => [...Array.from({ length: axes - 2 }, (_, i) => i), axes - 1, axes - 2];

function matMul(node: FrozenNode, w: OnnxWriter, out: string): void {
  const [first, second] = node.op === 'MatMul' ? ['transpose_a', 'transpose_b'] : ['adj_x', 'adj_y'];
  const side = (i: number, transposed: boolean): string => {
    const t = input(node, i);
    return transposed ? w.node('Transpose', [w.value(t)], null, { perm: { ints: swapped(rank(t)) } }) : w.value(t);
  };
  w.node('MatMul', [side(0, flag(node, first)), side(1, flag(node, second))], out);
}

/** A bias right behind its convolution or product, which nobody else uses, belongs to it. */
function biasAdd(node: FrozenNode, w: OnnxWriter, out: string): void {
  const x = input(node, 0);
  const bias = input(node, 1);
  const before = x.node;
  if (w.isHeldBack(before)) {
    if (before.op === 'MatMul')
      w.node('Gemm', [w.value(input(before, 0)), w.value(input(before, 1)), w.value(bias)], out);
    else convolve(before, w, out, bias);
  } else {
    w.node('Add', [w.value(x), w.operand(bias, rank(x))], out);
  }
}

export const CONVERTERS: Readonly<Record<string, Converter>> = {
  ...Object.fromEntries(elementwiseOps.map(([name, op]) => [name, elementwise(op)])),
  GreaterEqual: binary('GreaterOrEqual'),
  Identity: unary('Identity'),
  StopGradient: unary('Identity'),
  AddV2: binary('Add'),
  Sub: binary('Sub'),
  Mul: binary('Mul'),
  RealDiv: binary('Div'),
  Maximum: binary('Max'),
  Mean: reduction('ReduceMean'),
  Max: reduction('ReduceMax'),
  Sum: (node, w, out) => {
    const x = input(node, 0);
    const axes = constantValues(input(node, 1)).map((axis) => axisOf(x, axis));
    const becomesMap = rank(x) > 4 && rank(result(node)) === 4;
    const sum = w.node('ReduceSum', [w.value(x), w.int64s(axes)], becomesMap ? null : out, {
      keepdims: { int: Number(flag(node, 'keep_dims')) },
    });
    // Other ranks keep our order of axes.
    if (becomesMap) w.node('Transpose', [sum], out, { perm: { ints: TO_CHANNELS_FIRST } });
  },
  Conv2D: (node, w, out) => {
    convolve(node, w, out, null);
  },
  DepthwiseConv2dNative: (node, w, out) => {
    convolve(node, w, out, null);
  },
  BiasAdd: biasAdd,
  MatMul: matMul,
  BatchMatMulV2: matMul,
  MaxPool: pool('MaxPool'),
  AvgPool: pool('AveragePool'),
  Reshape: reshape,
  // Of other ranks than maps: they keep our order of axes.
  Transpose: (node, w, out) => {
    const x = input(node, 0);
    if (rank(x) === 4) throw new Error('axes of maps are not exchanged');
    w.node('Transpose', [w.value(x)], out, { perm: { ints: constantValues(input(node, 1)) } });
  },
  Pad: pad,
  PadV2: pad,
  Slice: slice,
  StridedSlice: stridedSlice,
  FusedBatchNormV3: (node, w, out) => {
    w.node(
      'BatchNormalization',
      [0, 1, 2, 3, 4].map((i) => w.value(input(node, i))),
      out,
      { epsilon: { float: float(node, 'epsilon') } },
    );
  },
  ArgMax: (node, w, out) => {
    w.node('ArgMax', [w.value(input(node, 0))], out, {
      axis: { int: axisOf(input(node, 0), constantValues(input(node, 1))[0]!) },
      keepdims: { int: 0 },
    });
  },
  ConcatV2: (node, w, out) => {
    const parts = node.inputs.slice(0, -1);
    w.node(
      'Concat',
      parts.map((t) => w.value(t)),
      out,
      { axis: { int: axisOf(parts[0]!, constantValues(node.inputs.at(-1)!)[0]!) } },
    );
  },
  GatherV2: (node, w, out) => {
    w.node(
      'Gather',
      [
        w.value(input(node, 0)),
        input(node, 1).node.stored ? w.int64s(constantValues(input(node, 1))) : w.value(input(node, 1)),
      ],
      out,
      { axis: { int: axisOf(input(node, 0), constantValues(input(node, 2))[0]!) } },
    );
  },
  ReverseV2: (node, w, out) => {
    const x = input(node, 0);
    const axis = constantValues(input(node, 1))[0]!;
    const size = x.shape[axis]!;
    w.node('Gather', [w.value(x), w.int64s(Array.from({ length: size }, (_, i) => size - 1 - i))], out, {
      axis: { int: axisOf(x, axis) },
    });
  },
  Cast: (node, w, out) => {
    w.node('Cast', [w.value(input(node, 0))], out, { to: { int: w.typeCode(result(node).dtype) } });
  },
};

/** Ops whose bias may be written into them. */
export const TAKES_BIAS: ReadonlySet<string> = new Set(['Conv2D', 'DepthwiseConv2dNative', 'MatMul']);

/** A shape of ours there. */
export function shapeThere(shape: Shape): number[] {
  return shape.length === 4 ? TO_CHANNELS_FIRST.map((axis) => shape[axis]!) : [...shape];
}
