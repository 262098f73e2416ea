/**
 * Convolutions and poolings with their gradients on tfjs kernels; the filter's gradient, which has no kernel, is itself
 * a convolution.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { GraphNode } from '../graph.ts';
import { samePadding } from '../../models/geometry.ts';
import { input, intsOf, type Compute } from './compute.ts';

interface Geometry {
  readonly stride: number;
  readonly dilation: number;
  readonly padding: string;
  readonly explicit: readonly number[];
}

function geometry(node: GraphNode): Geometry {
  const padding = node.attrs['padding'];
  return {
    stride: intsOf(node.attrs['strides'])[1] ?? 1,
    dilation: intsOf(node.attrs['dilations'])[1] ?? 1,
    padding: padding && 'string' in padding ? padding.string : 'VALID',
    explicit: intsOf(node.attrs['explicit_paddings']),
  };
}

/** Zeros put around a map `[batch, height, width, channels]` by hand, so that every kernel sees VALID. */
function pads(
  g: Geometry,
  map: readonly number[],
  kernel: readonly number[],
): readonly [number, number, number, number] {
  if (g.padding === 'VALID') return [0, 0, 0, 0];
  if (g.padding === 'EXPLICIT') return [g.explicit[2]!, g.explicit[3]!, g.explicit[4]!, g.explicit[5]!];
  return [
    ...samePadding(map[1]!, kernel[0]!, g.stride, g.dilation),
    ...samePadding(map[2]!, kernel[1]!, g.stride, g.dilation),
  ];
}

function padded(x: tf.Tensor4D, [top, bottom, left, right]: readonly [number, number, number, number]): tf.Tensor4D {
  return top + bottom + left + right === 0
    ? x
    : tf.pad(x, [
        [0, 0],
        [top, bottom],
        [left, right],
        [0, 0],
      ]);
}

function cropped(x: tf.Tensor4D, [top, bottom, left, right]: readonly [number, number, number, number]): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  return tf.slice(x, [0, top, left, 0], [n, h - top - bottom, w - left - right, c]);
}

/** Applies `f` group by group along channels; `split` says which inputs are cut on which axis. */
function grouped(
  groups: number,
  values: readonly tf.Tensor4D[],
  axes: readonly number[],
  joinAxis: number,
  f: (parts: readonly tf.Tensor4D[]) => tf.Tensor4D,
): tf.Tensor4D {
  if (groups === 1) return f(values);
  const parts = values.map((v, i) => tf.split(v, groups, axes[i]));
  return tf.concat(
    Array.from({ length: groups }, (_, g) => f(parts.map((p) => input(p, g) as tf.Tensor4D))),
    joinAxis,
  );
}

const four = (inputs: readonly tf.Tensor[], i: number): tf.Tensor4D => input(inputs, i) as tf.Tensor4D;

/**
 * ∂L/∂filter[a, b, i, o] = Σ x[n, y·s + a·d, …, i] · dy[n, y, …, o]: a convolution of x with dy as the kernel, batch
 * and channels exchanged.
 */
function filterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  kernel: readonly number[],
  stride: number,
  dilation: number,
): tf.Tensor4D {
  const [kh = 1, kw = 1] = kernel;
  const swapped = tf.conv2d(
    tf.transpose(x, [3, 1, 2, 0]),
    tf.transpose(dy, [1, 2, 0, 3]),
    dilation,
    'valid',
    'NHWC',
    stride,
  );
  return tf.transpose(tf.slice(swapped, [0, 0, 0, 0], [swapped.shape[0], kh, kw, swapped.shape[3]]), [1, 2, 0, 3]);
}

function inputGradient(
  shape: [number, number, number, number],
  kernel: tf.Tensor4D,
  dy: tf.Tensor4D,
  stride: number,
  dilation: number,
): tf.Tensor4D {
  if (dilation !== 1) throw new Error('dilated convolutions cannot be trained on WebAssembly');
  return tf
    .engine()
    .runKernel(
      'Conv2DBackpropInput',
      { dy, filter: kernel },
      { strides: [stride, stride], pad: 'valid', dataFormat: 'NHWC', inputShape: shape },
    );
}

/** A depthwise kernel `[h, w, c, m]` as a grouped one `[h, w, 1, c·m]`. */
function asGrouped(kernel: tf.Tensor4D): tf.Tensor4D {
  const [h, w, c, m] = kernel.shape;
  return tf.reshape(kernel, [h, w, 1, c * m]);
}

function backpropInput(shape: readonly number[], kernel: tf.Tensor4D, dy: tf.Tensor4D, node: GraphNode): tf.Tensor4D {
  const g = geometry(node);
  const p = pads(g, shape, kernel.shape);
  const [n = 0, h = 0, w = 0, c = 0] = shape;
  const groups = c / kernel.shape[2];
  const full: [number, number, number, number] = [n, h + p[0] + p[1], w + p[2] + p[3], kernel.shape[2]];
  return cropped(
    grouped(groups, [kernel, dy], [3, 3], 3, ([k, d]) =>
      inputGradient(full, k as tf.Tensor4D, d as tf.Tensor4D, g.stride, g.dilation),
    ),
    p,
  );
}

function backpropFilter(x: tf.Tensor4D, kernelShape: readonly number[], dy: tf.Tensor4D, node: GraphNode): tf.Tensor4D {
  const g = geometry(node);
  const groups = x.shape[3] / kernelShape[2]!;
  return grouped(groups, [padded(x, pads(g, x.shape, kernelShape)), dy], [3, 3], 3, ([a, d]) =>
    filterGradient(a as tf.Tensor4D, d as tf.Tensor4D, kernelShape, g.stride, g.dilation),
  );
}

/**
 * Sends each `dy` to the first maximum of its window. By hand: tfjs's kernel sends it elsewhere where the maximum is
 * not positive.
 */
function maxPoolGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  { filterSize: [kh, kw], strides: [sh, sw] }: { filterSize: [number, number]; strides: [number, number] },
): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  const [, oh, ow] = dy.shape;
  const values = x.dataSync<'float32'>();
  const given = dy.dataSync<'float32'>();
  const out = new Float32Array(values.length);
  for (let b = 0, g = 0; b < n; b++)
    for (let oy = 0; oy < oh; oy++)
      for (let ox = 0; ox < ow; ox++)
        for (let ch = 0; ch < c; ch++, g++) {
          let best = -Infinity;
          let at = -1;
          for (let y = oy * sh; y < oy * sh + kh; y++)
            for (let k = ((b * h + y) * w + ox * sw) * c + ch, end = k + kw * c; k < end; k += c) {
              const v = values[k]!;
              if (v > best) {
                best = v;
                at = k;
              }
            }
          if (at >= 0) out[at] = out[at]! + given[g]!;
        }
  return tf.tensor4d(out, x.shape);
}

const pooling = (node: GraphNode): { filterSize: [number, number]; strides: [number, number]; pad: 'valid' } => {
  const [, kh = 1, kw = 1] = intsOf(node.attrs['ksize']);
  const [, sh = 1, sw = 1] = intsOf(node.attrs['strides']);
  return { filterSize: [kh, kw], strides: [sh, sw], pad: 'valid' };
};

export const convolutionOps: Readonly<Record<string, Compute>> = {
  Conv2D: (i, node) => {
    const x = four(i, 0);
    const kernel = four(i, 1);
    const g = geometry(node);
    return [
      grouped(x.shape[3] / kernel.shape[2], [padded(x, pads(g, x.shape, kernel.shape)), kernel], [3, 3], 3, ([a, k]) =>
        tf.conv2d(a as tf.Tensor4D, k as tf.Tensor4D, g.stride, 'valid', 'NHWC', g.dilation),
      ),
    ];
  },
  Conv2DBackpropInput: (i, node) => [backpropInput([...input(i, 0).dataSync()], four(i, 1), four(i, 2), node)],
  Conv2DBackpropFilter: (i, node) => [backpropFilter(four(i, 0), [...input(i, 1).dataSync()], four(i, 2), node)],
  DepthwiseConv2dNative: (i, node) => {
    const x = four(i, 0);
    const kernel = four(i, 1);
    const g = geometry(node);
    return [
      tf.depthwiseConv2d(padded(x, pads(g, x.shape, kernel.shape)), kernel, g.stride, 'valid', 'NHWC', g.dilation),
    ];
  },
  DepthwiseConv2dNativeBackpropInput: (i, node) => [
    backpropInput([...input(i, 0).dataSync()], asGrouped(four(i, 1)), four(i, 2), node),
  ],
  DepthwiseConv2dNativeBackpropFilter: (i, node) => {
    const [h = 1, w = 1, c = 1, m = 1] = input(i, 1).dataSync();
    return [tf.reshape(backpropFilter(four(i, 0), [h, w, 1, c * m], four(i, 2), node), [h, w, c, m])];
  },
  MaxPool: (i, node) => {
    const p = pooling(node);
    return [tf.maxPool(four(i, 0), p.filterSize, p.strides, 'valid')];
  },
  MaxPoolGrad: (i, node) => [maxPoolGradient(four(i, 0), four(i, 2), pooling(node))],
  AvgPool: (i, node) => {
    const p = pooling(node);
    return [tf.avgPool(four(i, 0), p.filterSize, p.strides, 'valid')];
  },
  // The kernel takes the input for its shape only.
  AvgPoolGrad: (i, node) => [
    tf
      .engine()
      .runKernel('AvgPoolGrad', { input: tf.zeros([...input(i, 0).dataSync()]), dy: four(i, 1) }, pooling(node)),
  ],
};
