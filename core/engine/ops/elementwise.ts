/**
 * TensorFlow's ops of one value. A row says everything that is known of an op: its gradient, how WebAssembly computes
 * it, and how ONNX writes it; gradients.ts, wasm/ops.ts and export/onnxOps.ts take it from here.
 */
import type * as tfjs from '@tensorflow/tfjs-core';
import type { Attr, Graph, GraphNode, GraphTensor } from '../graph.ts';
import { output } from '../graph.ts';
import { binary, cast, reduce, unary } from './arrays.ts';

type Tf = typeof tfjs;
type Tensor = tfjs.Tensor;

/** What a row needs of a writer of ONNX nodes. */
export interface OnnxNodes {
  node(op: string, inputs: readonly string[], out: string | null, attrs?: Readonly<Record<string, OnnxNumber>>): string;
  float(value: number): string;
}
type OnnxNumber = { readonly int: number } | { readonly float: number };

/** An op of TensorFlow that computes ∂x from ∂y and the output y (or the input, where the result is the same). */
interface FusedGradient {
  readonly op: string;
  readonly inputs: 'dy, y' | 'y, dy';
  wasm(tf: Tf, dy: Tensor, y: Tensor, node: { readonly attrs: Readonly<Record<string, Attr>> }): Tensor;
}

export interface ElementwiseOp {
  readonly gradient: FusedGradient | ((g: Graph, node: GraphNode, dy: GraphTensor) => GraphTensor);
  wasm(tf: Tf, x: Tensor, node: { readonly attrs: Readonly<Record<string, Attr>> }): Tensor;
  /** The name of the same op there, or what is written instead. */
  readonly onnx: string | ((w: OnnxNodes, x: string, out: string, attrs: Readonly<Record<string, Attr>>) => void);
}

const inputOf = (node: GraphNode): GraphTensor => node.inputs[0]!;
const alpha = (attrs: Readonly<Record<string, Attr>>): number => {
  const attr = attrs['alpha'];
  return attr && 'float' in attr ? attr.float : 0;
};
const number = (g: Graph, like: GraphTensor, value: number): GraphTensor => cast(g, g.float(value), like.dtype);
const within = (tf: Tf, y: Tensor, low: number, high: number): Tensor =>
  tf.cast(tf.logicalAnd(tf.greater(y, low), tf.less(y, high)), 'float32');

export const ELEMENTWISE = {
  Neg: { gradient: (g, _node, dy) => unary(g, 'Neg', dy), wasm: (tf, x) => tf.neg(x), onnx: 'Neg' },
  Relu: {
    gradient: { op: 'ReluGrad', inputs: 'dy, y', wasm: (tf, dy, y) => tf.mul(dy, within(tf, y, 0, Infinity)) },
    wasm: (tf, x) => tf.relu(x),
    onnx: 'Relu',
  },
  Relu6: {
    gradient: { op: 'Relu6Grad', inputs: 'dy, y', wasm: (tf, dy, y) => tf.mul(dy, within(tf, y, 0, 6)) },
    wasm: (tf, x) => tf.relu6(x),
    onnx: (w, x, out) => w.node('Clip', [x, w.float(0), w.float(6)], out),
  },
  // By the output, whose sign is the input's: TensorFlow fuses the activation into the convolution only when nothing
  // else reads the input.
  LeakyRelu: {
    gradient: {
      op: 'LeakyReluGrad',
      inputs: 'dy, y',
      wasm: (tf, dy, y, { attrs }) =>
        tf.mul(dy, tf.where(tf.greater(y, 0), tf.onesLike(y), tf.fill(y.shape, alpha(attrs)))),
    },
    wasm: (tf, x, { attrs }) => tf.leakyRelu(x, alpha(attrs)),
    onnx: (w, x, out, attrs) => w.node('LeakyRelu', [x], out, { alpha: { float: alpha(attrs) } }),
  },
  Sigmoid: {
    gradient: {
      op: 'SigmoidGrad',
      inputs: 'y, dy',
      wasm: (tf, dy, y) => tf.mul(dy, tf.mul(y, tf.sub(1, y))),
    },
    wasm: (tf, x) => tf.sigmoid(x),
    onnx: 'Sigmoid',
  },
  Tanh: {
    gradient: { op: 'TanhGrad', inputs: 'y, dy', wasm: (tf, dy, y) => tf.mul(dy, tf.sub(1, tf.square(y))) },
    wasm: (tf, x) => tf.tanh(x),
    onnx: 'Tanh',
  },
  // d erf(x) / dx = 2/√π · exp(−x²)
  Erf: {
    gradient: (g, node, dy) => {
      const x = inputOf(node);
      const bell = unary(g, 'Exp', unary(g, 'Neg', unary(g, 'Square', x)));
      return binary(g, 'Mul', dy, binary(g, 'Mul', bell, number(g, x, 2 / Math.sqrt(Math.PI))));
    },
    wasm: (tf, x) => tf.erf(x),
    onnx: 'Erf',
  },
  Exp: {
    gradient: (g, node, dy) => binary(g, 'Mul', dy, output(node, 0)),
    wasm: (tf, x) => tf.exp(x),
    onnx: 'Exp',
  },
  Log: {
    gradient: (g, node, dy) => binary(g, 'RealDiv', dy, inputOf(node)),
    wasm: (tf, x) => tf.log(x),
    onnx: 'Log',
  },
  Square: {
    gradient: (g, node, dy) => binary(g, 'Mul', dy, binary(g, 'AddV2', inputOf(node), inputOf(node))),
    wasm: (tf, x) => tf.square(x),
    onnx: (w, x, out) => w.node('Mul', [x, x], out),
  },
  Sqrt: {
    gradient: { op: 'SqrtGrad', inputs: 'y, dy', wasm: (tf, dy, y) => tf.div(tf.mul(dy, 0.5), y) },
    wasm: (tf, x) => tf.sqrt(x),
    onnx: 'Sqrt',
  },
  Rsqrt: {
    gradient: {
      op: 'RsqrtGrad',
      inputs: 'y, dy',
      wasm: (tf, dy, y) => tf.mul(tf.mul(dy, -0.5), tf.pow(y, 3)),
    },
    wasm: (tf, x) => tf.rsqrt(x),
    onnx: (w, x, out) => w.node('Reciprocal', [w.node('Sqrt', [x], null)], out),
  },
  Sign: {
    gradient: (g, _node, dy) => binary(g, 'Mul', dy, number(g, dy, 0)),
    wasm: (tf, x) => tf.sub(within(tf, x, 0, Infinity), within(tf, x, -Infinity, 0)),
    onnx: 'Sign',
  },
  // Over the last axis: ∂x = y · (∂y − Σ y ∂y)
  Softmax: {
    gradient: (g, node, dy) => {
      const y = output(node, 0);
      const shared = reduce(g, 'Sum', binary(g, 'Mul', dy, y), [y.shape.length - 1], true);
      return binary(g, 'Mul', y, binary(g, 'Sub', dy, shared));
    },
    wasm: (tf, x) => tf.softmax(x),
    onnx: (w, x, out) => w.node('Softmax', [x], out, { axis: { int: -1 } }),
  },
} as const satisfies Readonly<Record<string, ElementwiseOp>>;

export type ElementwiseName = keyof typeof ELEMENTWISE;

/** Rows under names of TensorFlow, as each interpreter looks them up. */
export const elementwiseOps: readonly (readonly [name: string, op: ElementwiseOp])[] = Object.entries(ELEMENTWISE);

/** ∂x of a node of the row `op`. */
export function elementwiseGradient(g: Graph, op: ElementwiseOp, node: GraphNode, dy: GraphTensor): GraphTensor {
  if (typeof op.gradient === 'function') return op.gradient(g, node, dy);
  const y = output(node, 0);
  const inputs = op.gradient.inputs === 'dy, y' ? [dy, y] : [y, dy];
  return g.one(op.gradient.op, inputs, node.attrs, y.shape, y.dtype);
}
