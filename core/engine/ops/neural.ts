/** Convolution, pooling, normalisation and loss ops as graph nodes. Images are `[batch, height, width, channels]`. */
import type { Graph, GraphTensor } from '../graph.ts';
import { output } from '../graph.ts';
import { samePadding } from '../../models/geometry.ts';
import { pad } from './arrays.ts';

/** `[[top, bottom], [left, right]]` zeros, or TensorFlow's `SAME`, which follows the size of the map. */
export type Pads = readonly [readonly [number, number], readonly [number, number]] | 'same';

const type = (t: GraphTensor) => ({ T: { type: t.dtype } }) as const;
const NHWC = { data_format: { string: 'NHWC' } } as const;

export interface ConvAttrs {
  readonly stride: number;
  readonly dilation: number;
  readonly pads: Pads;
}

function spatial(
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
  [before, after]: readonly [number, number],
): number {
  return Math.floor((size + before + after - (kernel - 1) * dilation - 1) / stride) + 1;
}

export function convAttrs(attrs: ConvAttrs, x: GraphTensor, kernelShape: readonly number[]) {
  const { stride, dilation, pads } = attrs;
  const none = pads !== 'same' && pads.flat().every((p) => p === 0);
  // SAME is the one padding that every convolution kernel of TensorFlow supports; it means (k − 1)/2 on both sides at
  // stride 1.
  const same =
    pads === 'same' ||
    (stride === 1 &&
      pads.every(([before, after], i) => {
        const reach = (kernelShape[i]! - 1) * dilation;
        return before === reach / 2 && after === reach / 2;
      }));
  return {
    ...type(x),
    ...NHWC,
    strides: { ints: [1, stride, stride, 1] },
    dilations: { ints: [1, dilation, dilation, 1] },
    use_cudnn_on_gpu: { bool: true },
    padding: { string: none ? 'VALID' : same ? 'SAME' : 'EXPLICIT' },
    explicit_paddings: { ints: none || same ? [] : [0, 0, ...pads.flat(), 0, 0] },
  } as const;
}

/** `kernel` `[height, width, in / groups, out]`; groups follow from the depths. */
export function conv2d(g: Graph, input: GraphTensor, kernel: GraphTensor, given: ConvAttrs): GraphTensor {
  // oneDNN's gradients take no explicit padding: without them TensorFlow is slow, and for groups, on a CPU, at a loss.
  const { x, attrs } = padApart(g, input, kernel, given);
  return g.one(
    'Conv2D',
    [x, kernel],
    convAttrs(attrs, x, kernel.shape),
    convolved(x, kernel, attrs, kernel.shape[3]!),
    x.dtype,
  );
}

/**
 * `kernel` `[height, width, channels, multiplier]`. TensorFlow's shape inference for this op aborts on explicit
 * padding.
 */
export function depthwiseConv2d(g: Graph, input: GraphTensor, kernel: GraphTensor, given: ConvAttrs): GraphTensor {
  const { x, attrs } = padApart(g, input, kernel, given);
  const { use_cudnn_on_gpu: _, ...rest } = convAttrs(attrs, x, kernel.shape);
  return g.one(
    'DepthwiseConv2dNative',
    [x, kernel],
    rest,
    convolved(x, kernel, attrs, kernel.shape[2]! * kernel.shape[3]!),
    x.dtype,
  );
}

function convolved(
  x: GraphTensor,
  kernel: GraphTensor,
  { stride, dilation, pads }: ConvAttrs,
  channels: number,
): number[] {
  const [n = -1, h = 0, w = 0] = x.shape;
  const sides = [h, w].map((size, i) => {
    const side = kernel.shape[i]!;
    return spatial(
      size,
      side,
      stride,
      dilation,
      pads === 'same' ? samePadding(size, side, stride, dilation) : pads[i]!,
    );
  });
  return [n, ...sides, channels];
}

/** Explicit padding as an op of its own, for kernels that do not take it. */
function padApart(
  g: Graph,
  x: GraphTensor,
  kernel: GraphTensor,
  attrs: ConvAttrs,
): { x: GraphTensor; attrs: ConvAttrs } {
  const { pads } = attrs;
  if (pads === 'same' || convAttrs(attrs, x, kernel.shape).padding.string !== 'EXPLICIT') return { x, attrs };
  return {
    x: pad(g, x, [[0, 0], ...pads, [0, 0]]),
    attrs: {
      ...attrs,
      pads: [
        [0, 0],
        [0, 0],
      ],
    },
  };
}

export function biasAdd(g: Graph, x: GraphTensor, bias: GraphTensor): GraphTensor {
  return g.one('BiasAdd', [x, bias], { ...type(x), ...NHWC }, x.shape, x.dtype);
}

export function leakyRelu(g: Graph, x: GraphTensor, slope: number): GraphTensor {
  return g.one('LeakyRelu', [x], { ...type(x), alpha: { float: slope } }, x.shape, x.dtype);
}

/** VALID pooling; callers pad first. */
export function pool(
  g: Graph,
  op: 'MaxPool' | 'AvgPool',
  x: GraphTensor,
  kernel: readonly [number, number],
  stride: readonly [number, number],
): GraphTensor {
  const [n = -1, h = 0, w = 0, c = 0] = x.shape;
  return g.one(
    op,
    [x],
    {
      ...type(x),
      ...NHWC,
      ksize: { ints: [1, ...kernel, 1] },
      strides: { ints: [1, ...stride, 1] },
      padding: { string: 'VALID' },
      ...(op === 'MaxPool' && { explicit_paddings: { ints: [] } }),
    },
    [n, Math.floor((h - kernel[0]) / stride[0]) + 1, Math.floor((w - kernel[1]) / stride[1]) + 1, c],
    x.dtype,
  );
}

export interface BatchNormOutputs {
  readonly y: GraphTensor;
  /** Of this batch; variance unbiased (n − 1), as every framework keeps it. */ readonly mean: GraphTensor;
  readonly variance: GraphTensor;
}

/** `training`: normalise by the batch; otherwise by `mean` and `variance`. */
export function fusedBatchNorm(
  g: Graph,
  x: GraphTensor,
  p: { gamma: GraphTensor; beta: GraphTensor; mean: GraphTensor; variance: GraphTensor },
  epsilon: number,
  training: boolean,
): BatchNormOutputs {
  const c = x.shape.at(-1)!;
  const vector = { shape: [c], dtype: 'float32' as const };
  const empty = g.constant('float32', [0], []);
  const node = g.add(
    'FusedBatchNormV3',
    [x, p.gamma, p.beta, training ? empty : p.mean, training ? empty : p.variance],
    {
      ...type(x),
      U: { type: 'float32' },
      ...NHWC,
      epsilon: { float: epsilon },
      exponential_avg_factor: { float: 1 },
      is_training: { bool: training },
    },
    [{ shape: x.shape, dtype: x.dtype }, vector, vector, vector, vector, vector],
  );
  return { y: output(node, 0), mean: output(node, 1), variance: output(node, 2) };
}

/** Loss of each example `[batch]` from float32 `logits` `[batch, classes]` and int32 `labels` `[batch]`. */
export function sparseCrossEntropy(g: Graph, logits: GraphTensor, labels: GraphTensor): GraphTensor {
  const node = g.add(
    'SparseSoftmaxCrossEntropyWithLogits',
    [logits, labels],
    { T: { type: 'float32' }, Tlabels: { type: 'int32' } },
    [
      { shape: [logits.shape[0]!], dtype: 'float32' },
      { shape: logits.shape, dtype: 'float32' },
    ],
  );
  return output(node, 0);
}

/**
 * As `sparseCrossEntropy`, against `targets` float32 `[batch, classes]`, a distribution a row: the fused gradient is
 * wrong for rows of another sum.
 */
export function softCrossEntropy(g: Graph, logits: GraphTensor, targets: GraphTensor): GraphTensor {
  const node = g.add('SoftmaxCrossEntropyWithLogits', [logits, targets], { T: { type: 'float32' } }, [
    { shape: [logits.shape[0]!], dtype: 'float32' },
    { shape: logits.shape, dtype: 'float32' },
  ]);
  return output(node, 0);
}

/**
 * How many of the batch have their label as the highest logit, float32 scalar; equal logits go to the lower class, so a
 * dead network scores chance.
 */
export function countCorrect(g: Graph, logits: GraphTensor, labels: GraphTensor): GraphTensor {
  const top = g.one(
    'ArgMax',
    [logits, g.int(1)],
    { T: { type: 'float32' }, Tidx: { type: 'int32' }, output_type: { type: 'int32' } },
    labels.shape,
    'int32',
  );
  const hit = g.one('Equal', [top, labels], { T: { type: 'int32' } }, labels.shape, 'bool');
  const counted = g.one('Cast', [hit], { SrcT: { type: 'bool' }, DstT: { type: 'float32' } }, labels.shape, 'float32');
  return g.one(
    'Sum',
    [counted, g.ints([0])],
    { T: { type: 'float32' }, Tidx: { type: 'int32' }, keep_dims: { bool: false } },
    [],
    'float32',
  );
}
