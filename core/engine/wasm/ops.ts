/** TensorFlow ops as tfjs calls: `COMPUTE[op](inputs, node)` → outputs. Runs inside a tidy. */
import * as tf from '@tensorflow/tfjs-core';
import type { Attr } from '../graph.ts';
import { boolOf, input, type Compute } from './compute.ts';
import { convolutionOps } from './convolution.ts';
import { type ElementwiseOp, elementwiseOps } from '../ops/elementwise.ts';
import { normalisationOps } from './normalisation.ts';

const typeOf = (attr: Attr | undefined): string => (attr && 'type' in attr ? attr.type : '');
const list = (t: tf.Tensor): number[] => [...t.dataSync()];

const binary =
  (f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Compute =>
  (i) => [f(input(i, 0), input(i, 1))];
const unary =
  (f: (x: tf.Tensor) => tf.Tensor): Compute =>
  (i) => [f(input(i, 0))];
const reduction =
  (f: (x: tf.Tensor, axes: number[], keep: boolean) => tf.Tensor): Compute =>
  (i, node) => [f(input(i, 0), list(input(i, 1)), boolOf(node.attrs['keep_dims']))];

/** `x` in the type `to`; bytes and booleans are int32 here. */
function cast(x: tf.Tensor, to: string): tf.Tensor {
  if (to !== 'float32' && to !== 'int32' && to !== 'uint8') throw new Error(`no ${to} on WebAssembly`);
  return tf.cast(x, to === 'float32' ? 'float32' : 'int32');
}

export const COMPUTE: Readonly<Record<string, Compute>> = {
  ...convolutionOps,
  ...normalisationOps,
  ...Object.fromEntries(elementwiseOps.flatMap(([name, op]) => elementwise(name, op))),
  Identity: unary((x) => x.clone()),
  StopGradient: unary((x) => x.clone()),
  OnesLike: unary((x) => tf.onesLike(x)),
  Cast: (i, node) => [cast(input(i, 0), typeOf(node.attrs['DstT'])).clone()],
  Shape: (i) => [tf.tensor1d(input(i, 0).shape, 'int32')],
  Reshape: (i) => [tf.reshape(input(i, 0), list(input(i, 1))).clone()],
  AddV2: binary(tf.add),
  Sub: binary(tf.sub),
  Mul: binary(tf.mul),
  RealDiv: binary(tf.div),
  Maximum: binary(tf.maximum),
  AddN: (i) => [
    i
      .slice(1)
      .reduce<tf.Tensor>((sum, x) => tf.add(sum, x), input(i, 0))
      .clone(),
  ],
  BiasAdd: binary(tf.add),
  BiasAddGrad: (i) => {
    const dy = input(i, 0);
    return [
      tf.sum(
        dy,
        dy.shape.slice(0, -1).map((_, a) => a),
      ),
    ];
  },
  MatMul: (i, node) => [
    tf.matMul(input(i, 0), input(i, 1), boolOf(node.attrs['transpose_a']), boolOf(node.attrs['transpose_b'])),
  ],
  BatchMatMulV2: (i, node) => {
    const [a, b] = [input(i, 0), input(i, 1)];
    const batch = Math.max(a.shape[0], b.shape[0]);
    const wide = (t: tf.Tensor) => (t.shape[0] === batch ? t : tf.tile(t, [batch, ...t.shape.slice(1).map(() => 1)]));
    return [tf.matMul(wide(a), wide(b), boolOf(node.attrs['adj_x']), boolOf(node.attrs['adj_y']))];
  },
  // There is no kernel for it: a product with the rows' indices, one-hot.
  UnsortedSegmentSum: (i) => {
    const rows = input(i, 0) as tf.Tensor2D;
    return [tf.matMul(tf.oneHot(tf.cast(input(i, 1), 'int32'), list(input(i, 2))[0]!), rows, true)];
  },
  Sum: reduction((x, axes, keep) => (axes.length === 0 ? x.clone() : tf.sum(x, axes, keep))),
  Mean: reduction((x, axes, keep) => tf.mean(x, axes, keep)),
  Max: reduction((x, axes, keep) => tf.max(x, axes, keep)),
  BroadcastTo: (i) => [tf.broadcastTo(input(i, 0), list(input(i, 1))).clone()],
  ConcatV2: (i) => [tf.concat(i.slice(0, -1), input(i, i.length - 1).dataSync()[0])],
  Slice: (i) => [tf.slice(input(i, 0), list(input(i, 1)), list(input(i, 2))).clone()],
  StridedSlice: (i) => {
    const x = input(i, 0);
    return [tf.stridedSlice(x, list(input(i, 1)), x.shape, list(input(i, 3))).clone()];
  },
  StridedSliceGrad: (i) => [unstride(input(i, 4), list(input(i, 0)), list(input(i, 1)), list(input(i, 3)))],
  Pad: (i) => [tf.pad(input(i, 0), pairs(input(i, 1)))],
  PadV2: (i) => [tf.pad(input(i, 0), pairs(input(i, 1)), input(i, 2).dataSync()[0])],
  ReverseV2: (i) => [tf.reverse(input(i, 0), list(input(i, 1)))],
  GatherV2: (i) => [tf.gather(input(i, 0), tf.cast(input(i, 1), 'int32'), input(i, 2).dataSync()[0])],
  Transpose: (i) => [tf.transpose(input(i, 0), list(input(i, 1)))],
  Pack: (i) => [tf.stack([...i])],
  Unpack: (i) => tf.unstack(input(i, 0)).map((t) => t.clone()),
  GreaterEqual: binary(tf.greaterEqual),
  Equal: binary(tf.equal),
  ArgMax: (i) => [tf.argMax(input(i, 0), input(i, 1).dataSync()[0])],
  StatelessRandomUniform: (i) => [
    tf.tensor(
      uniform(
        list(input(i, 0)).reduce((n, d) => n * d, 1),
        list(input(i, 1)),
      ),
      list(input(i, 0)),
    ),
  ],
  SparseSoftmaxCrossEntropyWithLogits: (i) => {
    const logits = input(i, 0) as tf.Tensor2D;
    const target = tf.oneHot(tf.cast(input(i, 1), 'int32'), logits.shape[1]);
    const log = tf.logSoftmax(logits);
    return [tf.neg(tf.sum(tf.mul(log, target), 1)), tf.sub(tf.exp(log), target)];
  },
  SoftmaxCrossEntropyWithLogits: (i) => {
    const target = input(i, 1);
    const log = tf.logSoftmax(input(i, 0) as tf.Tensor2D);
    return [tf.neg(tf.sum(tf.mul(log, target), 1)), tf.sub(tf.exp(log), target)];
  },
  L2Loss: unary((x) => tf.mul(tf.sum(tf.square(x)), 0.5)),
};

/** The op of a row, and the op that is its gradient where TensorFlow has one. */
function elementwise(name: string, op: ElementwiseOp): [string, Compute][] {
  const own: [string, Compute] = [name, (i, node) => [op.wasm(tf, input(i, 0), node)]];
  const { gradient } = op;
  if (typeof gradient === 'function') return [own];
  const [dy, y] = gradient.inputs === 'dy, y' ? [0, 1] : [1, 0];
  return [own, [gradient.op, (i, node) => [gradient.wasm(tf, input(i, dy), input(i, y), node)]]];
}

function pairs(t: tf.Tensor): [number, number][] {
  const flat = list(t);
  return Array.from({ length: flat.length / 2 }, (_, k) => [flat[2 * k]!, flat[2 * k + 1]!]);
}

/** Puts `dy` back at every `strides[a]`-th place from `begin[a]` of zeros of `shape`. */
function unstride(
  dy: tf.Tensor,
  shape: readonly number[],
  begin: readonly number[],
  strides: readonly number[],
): tf.Tensor {
  return strides.reduce((x, stride, axis) => {
    if (stride === 1) return x;
    const size = shape[axis]!;
    const apart = x.shape.map((): [number, number] => [0, 0]).toSpliced(axis + 1, 0, [0, stride - 1]);
    const spread = tf.reshape(
      tf.pad(tf.expandDims(x, axis + 1), apart),
      x.shape.map((d, a) => (a === axis ? d * stride : d)),
    );
    const before = begin[axis]!;
    const after = Math.max(0, size - before - spread.shape[axis]!);
    const shifted = tf.pad(
      spread,
      spread.shape.map((_, a): [number, number] => (a === axis ? [before, after] : [0, 0])),
    );
    return tf.slice(
      shifted,
      shifted.shape.map(() => 0),
      shifted.shape.map((d, a) => (a === axis ? size : d)),
    );
  }, dy);
}

/** Uniform in [0, 1), a pure function of the seed; other numbers than TensorFlow's, the same distribution. */
function uniform(n: number, seed: readonly number[]): Float32Array {
  const out = new Float32Array(n);
  const key = Math.imul(seed[0]! ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(seed[1]! + 0x7f4a7c15, 0xc2b2ae35);
  for (let i = 0; i < n; i++) {
    let h = Math.imul(i ^ key, 0x9e3779b1);
    h = Math.imul(h ^ (h >>> 16), 0x7feb352d) + key;
    h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
    out[i] = ((h ^ (h >>> 16)) >>> 8) / 2 ** 24;
  }
  return out;
}
