/** Reverse-mode differentiation of a graph: one rule an op, written with the fused gradient ops of TensorFlow. */
import { conv2dGradients, depthwiseGradients } from './convolutionGradients.ts';
import type { Attr, Graph, GraphNode, GraphTensor } from './graph.ts';
import { output } from './graph.ts';
import {
  addAll,
  atLeast,
  binary,
  broadcastLike,
  cast,
  gather,
  matMul,
  pad,
  reduce,
  reshape,
  shapeOf,
  slice,
  unary,
} from './ops/arrays.ts';
import { elementwiseGradient, elementwiseOps } from './ops/elementwise.ts';

/**
 * Gradients of a node's inputs from those of its outputs; undefined = no gradient flows there. `wanted` says which
 * inputs matter.
 */
type Rule = (
  g: Graph,
  node: GraphNode,
  dy: readonly (GraphTensor | undefined)[],
  wanted: readonly boolean[],
) => readonly (GraphTensor | undefined)[];

const at = (list: readonly (GraphTensor | undefined)[], i: number): GraphTensor => {
  const t = list[i];
  if (!t) throw new Error('missing tensor in a gradient rule');
  return t;
};
const flag = (attr: Attr | undefined): boolean => attr !== undefined && 'bool' in attr && attr.bool;
const T = (t: GraphTensor) => ({ T: { type: t.dtype } }) as const;

/** Sums `dy` over the axes along which `x` was repeated. */
function unbroadcast(g: Graph, dy: GraphTensor, x: GraphTensor): GraphTensor {
  const lead = dy.shape.length - x.shape.length;
  const axes = dy.shape.map((_, i) => i).filter((i) => i < lead || (x.shape[i - lead] === 1 && dy.shape[i] !== 1));
  if (axes.length === 0) return dy;
  const summed = reduce(g, 'Sum', dy, axes, true);
  return lead === 0 ? summed : reshape(g, summed, x.shape);
}

/** `x` is laid out as before a full reshape: known sizes as constants, at most one of them left to the run. */
function like(g: Graph, dy: GraphTensor, x: GraphTensor): GraphTensor {
  if (x.shape.filter((d) => d < 0).length <= 1) return reshape(g, dy, x.shape);
  return g.one('Reshape', [dy, shapeOf(g, x)], { ...T(dy), Tshape: { type: 'int32' } }, x.shape, dy.dtype);
}

function convolution(gradientsOf: typeof conv2dGradients): Rule {
  return (g, node, [dy], wanted) =>
    gradientsOf(g, { node, x: at(node.inputs, 0), kernel: at(node.inputs, 1), slope: at([dy], 0), wanted });
}

const RULES: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(
    elementwiseOps.map(([name, op]): [string, Rule] => [
      name,
      (g, node, [dy]) => [elementwiseGradient(g, op, node, at([dy], 0))],
    ]),
  ),
  Conv2D: convolution(conv2dGradients),
  DepthwiseConv2dNative: convolution(depthwiseGradients),
  BiasAdd: (g, node, [dy]) => {
    const d = at([dy], 0);
    return [
      d,
      g.one('BiasAddGrad', [d], { ...T(d), data_format: { string: 'NHWC' } }, at(node.inputs, 1).shape, d.dtype),
    ];
  },
  MaxPool: (g, node, [dy]) => {
    const x = at(node.inputs, 0);
    return [g.one('MaxPoolGrad', [x, output(node, 0), at([dy], 0)], node.attrs, x.shape, x.dtype)];
  },
  AvgPool: (g, node, [dy]) => {
    const x = at(node.inputs, 0);
    return [g.one('AvgPoolGrad', [shapeOf(g, x), at([dy], 0)], node.attrs, x.shape, x.dtype)];
  },
  FusedBatchNormV3: (g, node, [dy], wanted) => {
    const x = at(node.inputs, 0);
    const gamma = at(node.inputs, 1);
    const vector = { shape: gamma.shape, dtype: 'float32' as const };
    const { exponential_avg_factor: _, ...attrs } = node.attrs;
    if (!flag(attrs['is_training'])) return frozenNorm(g, node, at([dy], 0), wanted);
    const grad = g.add(
      'FusedBatchNormGradV3',
      [at([dy], 0), x, gamma, output(node, 3), output(node, 4), output(node, 5)],
      attrs,
      [{ shape: x.shape, dtype: x.dtype }, vector, vector, vector, vector],
    );
    return [output(grad, 0), output(grad, 1), output(grad, 2)];
  },
  SparseSoftmaxCrossEntropyWithLogits: (g, node, [dLoss]) => [
    binary(g, 'Mul', output(node, 1), reshape(g, at([dLoss], 0), [-1, 1])),
  ],
  SoftmaxCrossEntropyWithLogits: (g, node, [dLoss]) => [
    binary(g, 'Mul', output(node, 1), reshape(g, at([dLoss], 0), [-1, 1])),
  ],
  Cast: (g, node, [dy]) => [cast(g, at([dy], 0), at(node.inputs, 0).dtype)],
  Reshape: (g, node, [dy]) => [like(g, at([dy], 0), at(node.inputs, 0))],
  Identity: (_, __, [dy]) => [dy],
  AddV2: (g, node, [dy], wanted) => node.inputs.map((x, i) => (wanted[i] ? unbroadcast(g, at([dy], 0), x) : undefined)),
  AddN: (_, node, [dy]) => node.inputs.map(() => dy),
  Sub: (g, node, [dy], wanted) => {
    const d = at([dy], 0);
    return [
      wanted[0] ? unbroadcast(g, d, at(node.inputs, 0)) : undefined,
      wanted[1] ? unbroadcast(g, unary(g, 'Neg', d), at(node.inputs, 1)) : undefined,
    ];
  },
  Mul: (g, node, [dy], wanted) => {
    const a = at(node.inputs, 0);
    const b = at(node.inputs, 1);
    const d = at([dy], 0);
    return [
      wanted[0] ? unbroadcast(g, binary(g, 'Mul', d, b), a) : undefined,
      wanted[1] ? unbroadcast(g, binary(g, 'Mul', d, a), b) : undefined,
    ];
  },
  RealDiv: (g, node, [dy], wanted) => {
    const a = at(node.inputs, 0);
    const b = at(node.inputs, 1);
    const d = at([dy], 0);
    const q = binary(g, 'RealDiv', d, b);
    const db = wanted[1] ? binary(g, 'Mul', q, output(node, 0)) : undefined;
    return [wanted[0] ? unbroadcast(g, q, a) : undefined, db && unbroadcast(g, unary(g, 'Neg', db), b)];
  },
  MatMul: matrixProduct,
  BatchMatMulV2: matrixProduct,
  Transpose: (g, node, [dy]) => {
    const x = at(node.inputs, 0);
    const perm = constantInts(at(node.inputs, 1));
    const inverse = perm.map((_, i) => perm.indexOf(i));
    return [g.one('Transpose', [at([dy], 0), g.ints(inverse)], node.attrs, x.shape, x.dtype)];
  },
  GatherV2: (g, node, [dy]) => [ungather(g, node, at([dy], 0))],
  Maximum: (g, node, [dy], wanted) => {
    const a = at(node.inputs, 0);
    const b = at(node.inputs, 1);
    const d = at([dy], 0);
    if (wanted[1]) throw new Error('Maximum is a bound here: its second operand has no gradient');
    return [unbroadcast(g, binary(g, 'Mul', d, atLeast(g, a, b)), a)];
  },
  Sum: (g, node, [dy]) => [spread(g, node, at([dy], 0))],
  Mean: (g, node, [dy]) => {
    const x = at(node.inputs, 0);
    const y = output(node, 0);
    const d = at([dy], 0);
    const known = (s: readonly number[]) => s.filter((n) => n > 0).reduce((p, n) => p * n, 1);
    if (x.shape.filter((n) => n < 0).length !== y.shape.filter((n) => n < 0).length)
      throw new Error('the mean over the batch has no gradient rule: weigh the examples instead');
    const scale = cast(g, g.float(known(y.shape) / known(x.shape)), d.dtype);
    return [spread(g, node, binary(g, 'Mul', d, scale))];
  },
  Pad: unpad,
  PadV2: unpad,
  Slice: (g, node, [dy]) => {
    const x = at(node.inputs, 0);
    const y = output(node, 0);
    const begin = constantInts(at(node.inputs, 1));
    return [
      pad(
        g,
        at([dy], 0),
        x.shape.map((d, i) => {
          const b = begin[i]!;
          return [b, d < 0 ? 0 : d - b - y.shape[i]!] as const;
        }),
      ),
    ];
  },
  StridedSlice: (g, node, [dy]) => {
    const x = at(node.inputs, 0);
    return [
      g.one(
        'StridedSliceGrad',
        [shapeOf(g, x), at(node.inputs, 1), at(node.inputs, 2), at(node.inputs, 3), at([dy], 0)],
        node.attrs,
        x.shape,
        x.dtype,
      ),
    ];
  },
  ConcatV2: (g, node, [dy]) => {
    const values = node.inputs.slice(0, -1);
    const y = output(node, 0);
    const axis = y.shape.findIndex((d, i) => values.some((v) => v.shape[i] !== d));
    if (axis < 0) return [at([dy], 0)];
    let offset = 0;
    return values.map((v) => {
      const begin = y.shape.map((_, i) => (i === axis ? offset : 0));
      offset += v.shape[axis]!;
      return slice(g, at([dy], 0), begin, v.shape);
    });
  },
};

/** By fixed statistics a normalisation is a scaling; whoever fixes them fixes γ and β too. */
function frozenNorm(
  g: Graph,
  node: GraphNode,
  dy: GraphTensor,
  wanted: readonly boolean[],
): (GraphTensor | undefined)[] {
  if (wanted[1] || wanted[2]) throw new Error('γ and β have no gradient rule where the statistics are fixed');
  const gamma = at(node.inputs, 1);
  const variance = at(node.inputs, 4);
  const attr = node.attrs['epsilon'];
  const epsilon = attr && 'float' in attr ? attr.float : 0;
  const scale = binary(g, 'Mul', gamma, unary(g, 'Rsqrt', binary(g, 'AddV2', variance, g.float(epsilon))));
  return [binary(g, 'Mul', dy, cast(g, scale, dy.dtype))];
}

function matrixProduct(
  g: Graph,
  node: GraphNode,
  [dy]: readonly (GraphTensor | undefined)[],
  wanted: readonly boolean[],
): (GraphTensor | undefined)[] {
  const a = at(node.inputs, 0);
  const b = at(node.inputs, 1);
  const d = at([dy], 0);
  const ta = flag(node.attrs['transpose_a'] ?? node.attrs['adj_x']);
  const tb = flag(node.attrs['transpose_b'] ?? node.attrs['adj_y']);
  return [
    wanted[0] ? (ta ? matMul(g, b, d, tb, true) : matMul(g, d, b, false, !tb)) : undefined,
    wanted[1] ? (tb ? matMul(g, d, a, true, ta) : matMul(g, a, d, !ta, false)) : undefined,
  ];
}

/**
 * Where every entry was taken at most once the gradient gathers back, with an entry of zeros for those left out; along
 * the first axis it sums.
 */
function ungather(g: Graph, node: GraphNode, dy: GraphTensor): GraphTensor {
  const x = at(node.inputs, 0);
  const taken = constantInts(at(node.inputs, 1));
  const [axis = 0] = constantInts(at(node.inputs, 2));
  const size = x.shape[axis]!;
  if (axis === 0) {
    const attrs = { ...T(dy), Tindices: { type: 'int32' }, Tnumsegments: { type: 'int32' } } as const;
    return g.one('UnsortedSegmentSum', [dy, at(node.inputs, 1), g.int(size)], attrs, x.shape, x.dtype);
  }
  const back = new Array<number>(size).fill(taken.length);
  taken.forEach((entry, i) => {
    back[entry] = i;
  });
  const isWhole = taken.length === size && !back.includes(size);
  const sides = x.shape.map((_, i) => [0, i === axis ? 1 : 0] as const);
  return gather(g, isWhole ? dy : pad(g, dy, sides), axis, back);
}

/** Values of a constant. */
function constantInts(tensor: GraphTensor): readonly number[] {
  const attr = tensor.node.attrs['value'];
  return attr && 'tensor' in attr ? attr.tensor.data : [];
}

function unpad(g: Graph, node: GraphNode, [dy]: readonly (GraphTensor | undefined)[]): GraphTensor[] {
  const x = at(node.inputs, 0);
  const table = constantInts(at(node.inputs, 1));
  return [
    slice(
      g,
      at([dy], 0),
      x.shape.map((_, i) => table[2 * i]!),
      x.shape,
    ),
  ];
}

/** The gradient of a sum: the reduced axes come back as copies. */
function spread(g: Graph, node: GraphNode, dy: GraphTensor): GraphTensor {
  const x = at(node.inputs, 0);
  const axes = constantInts(at(node.inputs, 1));
  const kept = x.shape.map((d, i) => (axes.includes(i) ? 1 : d));
  return broadcastLike(g, reshape(g, dy, kept), x);
}

/**
 * Gradients of the scalar `loss` with respect to `wrt`, in that order; a tensor that the loss does not depend on is an
 * error, since a silently untrained weight is worse than none.
 */
export function gradients(g: Graph, loss: GraphTensor, wrt: readonly GraphTensor[]): GraphTensor[] {
  const order = [...g.nodes];
  const depends = new Set<GraphTensor>(wrt);
  for (const node of order)
    if (node.inputs.some((i) => depends.has(i)) && RULES[node.op]) for (const o of node.outputs) depends.add(o);
  const partial = new Map<GraphTensor, GraphTensor[]>([
    [loss, [g.one('OnesLike', [loss], T(loss), loss.shape, loss.dtype)]],
  ]);
  const total = (t: GraphTensor): GraphTensor | undefined => {
    const parts = partial.get(t);
    return parts && addAll(g, parts);
  };
  for (const node of order.toReversed()) {
    const wanted = node.inputs.map((i) => depends.has(i) && i.dtype !== 'int32');
    if (!wanted.includes(true) || !node.outputs.some((o) => partial.has(o))) continue;
    const rule = RULES[node.op];
    if (!rule) throw new Error(`${node.op} has no gradient rule`);
    const given = rule(g, node, node.outputs.map(total), wanted);
    node.inputs.forEach((input, i) => {
      const d = given[i];
      if (!wanted[i] || !d) return;
      const parts = partial.get(input);
      if (parts) parts.push(d);
      else partial.set(input, [d]);
    });
  }
  return wrt.map((t) => {
    const d = total(t);
    if (!d) throw new Error(`the loss does not depend on ${t.node.name}`);
    return d;
  });
}
