/**
 * Gradients of convolutions. On a CPU three of them are put in other words, because oneDNN (in TensorFlow 2.21) is slow
 * at the plain form: kernels of one cell, depthwise kernels more than three cells wide, and in bfloat16 the filters of
 * small maps.
 */
import { samePadding } from '../models/geometry.ts';
import type { Attr, Graph, GraphNode, GraphTensor } from './graph.ts';
import { cast, concat, matMul, pad, reshape, shapeOf, slice } from './ops/arrays.ts';

/** The gradients of a convolution's input and kernel; undefined where none is wanted. */
type ConvolutionGradients = readonly [GraphTensor | undefined, GraphTensor | undefined];

/** The ops that TensorFlow has for the gradients of a kind of convolution. */
interface GradientOps {
  readonly input: string;
  readonly filter: string;
}

/** A convolution on a map, the slope of its output, and which gradients are wanted. */
interface Convolution {
  readonly node: GraphNode;
  /** `[batch, height, width, inputs]` */
  readonly x: GraphTensor;
  /** `[height, width, inputs / groups, filters]`, for a depthwise one `[height, width, channels, multiplier]` */
  readonly kernel: GraphTensor;
  /** `[batch, height, width, filters]` */
  readonly slope: GraphTensor;
  readonly wanted: readonly boolean[];
}

const FULL: GradientOps = { input: 'Conv2DBackpropInput', filter: 'Conv2DBackpropFilter' };
const DEPTHWISE: GradientOps = {
  input: 'DepthwiseConv2dNativeBackpropInput',
  filter: 'DepthwiseConv2dNativeBackpropFilter',
};
/** Cells of a kernel's row, at most, for which oneDNN has depthwise gradients of channels-last maps. */
const DEPTHWISE_WIDTH = 3;
/** Cells of a map, at most, for which a product of matrices is the faster filter gradient in bfloat16. */
const SMALL_MAP = 8 * 8;
/** Inputs times filters, at least, for that. */
const WIDE_KERNEL = 256 * 256;

export function conv2dGradients(g: Graph, convolution: Convolution): ConvolutionGradients {
  if (g.options.gradientsForOneDnn !== true) return plainGradients(g, convolution, FULL);
  if (isPointwise(convolution)) return pointwiseGradients(g, convolution);
  if (!hasSmallMap(convolution)) return plainGradients(g, convolution, FULL);
  const { wanted } = convolution;
  const [input] = plainGradients(g, { ...convolution, wanted: [wanted[0] ?? false, false] }, FULL);
  return [input, wanted[1] ? smallMapFilterGradient(g, convolution) : undefined];
}

export function depthwiseGradients(g: Graph, convolution: Convolution): ConvolutionGradients {
  const { kernel, node, wanted } = convolution;
  const isWide = kernel.shape[1]! > DEPTHWISE_WIDTH && strideOf(node.attrs['dilations']) === 1;
  if (g.options.gradientsForOneDnn !== true || !isWide) return plainGradients(g, convolution, DEPTHWISE);
  const [input] = plainGradients(g, { ...convolution, wanted: [wanted[0] ?? false, false] }, DEPTHWISE);
  return [input, wanted[1] ? wideDepthwiseFilterGradient(g, convolution) : undefined];
}

function plainGradients(g: Graph, { node, x, kernel, slope, wanted }: Convolution, ops: GradientOps) {
  const inFloat32 = g.options.groupedGradientsInFloat32 === true && x.dtype === 'bfloat16' && isGrouped(node);
  const dtype = inFloat32 ? 'float32' : x.dtype;
  const attrs = { ...node.attrs, T: { type: dtype } } as const;
  const dy = cast(g, slope, dtype);
  const filterGradient = () =>
    g.one(ops.filter, [cast(g, x, dtype), g.ints(kernel.shape), dy], attrs, kernel.shape, dtype);
  const inputGradient = () => g.one(ops.input, [shapeOf(g, x), cast(g, kernel, dtype), dy], attrs, x.shape, dtype);
  return [
    wanted[0] ? cast(g, inputGradient(), x.dtype) : undefined,
    wanted[1] ? cast(g, filterGradient(), kernel.dtype) : undefined,
  ] as const;
}

/** Depthwise convolutions are an op of their own, with gradients of every type. */
function isGrouped({ op, inputs: [x, kernel] }: GraphNode): boolean {
  return op === 'Conv2D' && x?.shape[3] !== kernel?.shape[2];
}

/** A kernel of one cell at stride 1: the convolution is a product of matrices, with a row for each cell of the map. */
function isPointwise({ node, x, kernel }: Convolution): boolean {
  const isKnown = x.shape.slice(1).every((side) => side > 0);
  const isOneCell = kernel.shape[0] === 1 && kernel.shape[1] === 1;
  return isKnown && isOneCell && strideOf(node.attrs['strides']) === 1 && !isGrouped(node);
}

/** By products of matrices: the kernel's gradient takes three quarters of the time, on small maps half. */
function pointwiseGradients(g: Graph, { x, kernel, slope, wanted }: Convolution): ConvolutionGradients {
  const [, , inputs = 0, filters = 0] = kernel.shape;
  const dy = reshape(g, slope, [-1, filters]);
  const inputGradient = () => matMul(g, dy, reshape(g, kernel, [inputs, filters]), false, true);
  const kernelGradient = () => matMul(g, reshape(g, x, [-1, inputs]), dy, true);
  return [
    wanted[0] ? reshape(g, inputGradient(), x.shape) : undefined,
    wanted[1] ? reshape(g, kernelGradient(), kernel.shape) : undefined,
  ];
}

/** In bfloat16, at stride 1: a map that oneDNN divides badly among the tiles of its filter gradient. */
function hasSmallMap({ node, x, kernel, slope }: Convolution): boolean {
  const [, height = 0, width = 0] = slope.shape;
  const isKnown = x.shape.slice(1).every((side) => side > 0);
  const isSmall = height * width <= SMALL_MAP && kernel.shape[2]! * kernel.shape[3]! >= WIDE_KERNEL;
  const isPlain = strideOf(node.attrs['strides']) === 1 && strideOf(node.attrs['dilations']) === 1 && !isGrouped(node);
  return x.dtype === 'bfloat16' && kernel.dtype === 'bfloat16' && isKnown && isSmall && isPlain;
}

/**
 * The kernel's gradient as one product of matrices: a row for each cell of each map, holding what the kernel saw there,
 * by the slope of that cell's output (im2col; Chellapilla and others, 2006). With 512 channels on maps of 8 × 8 it
 * takes half of the time on a processor with AMX, on 4 × 4 a sixth.
 */
function smallMapFilterGradient(g: Graph, { node, x, kernel, slope }: Convolution): GraphTensor {
  const [kernelHeight = 0, kernelWidth = 0, inputs = 0, filters = 0] = kernel.shape;
  const [, height = 0, width = 0] = slope.shape;
  const map = paddedMap(g, node, x, [kernelHeight, kernelWidth], 1);
  const shifted: GraphTensor[] = [];
  for (let row = 0; row < kernelHeight; row++)
    for (let column = 0; column < kernelWidth; column++)
      shifted.push(slice(g, map, [0, row, column, 0], [-1, height, width, -1]));
  const seen = reshape(g, concat(g, shifted, 3), [-1, kernelHeight * kernelWidth * inputs]);
  const gradient = matMul(g, seen, reshape(g, slope, [-1, filters]), true);
  return reshape(g, gradient, kernel.shape);
}

/**
 * By strips of the kernel, each at most three cells wide: a strip's gradient is that of a convolution of the part of
 * the padded map that it passes over. Without this oneDNN takes each channel for a group of 16 × 16 channels: a 7 × 7
 * kernel of 768 channels on a map of 2 × 2 takes 50 times as long.
 */
function wideDepthwiseFilterGradient(g: Graph, { node, x, kernel, slope }: Convolution): GraphTensor {
  const [kernelHeight = 0, kernelWidth = 0, channels = 0, multiplier = 0] = kernel.shape;
  const [, , width = 0] = slope.shape;
  const stride = strideOf(node.attrs['strides']);
  const map = paddedMap(g, node, x, [kernelHeight, kernelWidth], stride);
  const strips: GraphTensor[] = [];
  for (let from = 0; from < kernelWidth; from += DEPTHWISE_WIDTH) {
    const cells = Math.min(DEPTHWISE_WIDTH, kernelWidth - from);
    const passedOver = slice(g, map, [0, 0, from, 0], [-1, -1, (width - 1) * stride + cells, -1]);
    const shape = [kernelHeight, cells, channels, multiplier];
    const attrs = { ...node.attrs, padding: { string: 'VALID' }, explicit_paddings: { ints: [] } } as const;
    strips.push(g.one(DEPTHWISE.filter, [passedOver, g.ints(shape), slope], attrs, shape, x.dtype));
  }
  return concat(g, strips, 1);
}

/** `x` with the zeros around it that the convolution's padding stands for. */
function paddedMap(g: Graph, node: GraphNode, x: GraphTensor, kernel: readonly [number, number], stride: number) {
  const padding = node.attrs['padding'];
  if (padding && 'string' in padding && padding.string === 'VALID') return x;
  const [, height = 0, width = 0] = x.shape;
  const around = [samePadding(height, kernel[0], stride, 1), samePadding(width, kernel[1], stride, 1)] as const;
  return pad(g, x, [[0, 0], ...around, [0, 0]]);
}

/** Of the rows, as of the columns: no convolution here has two. */
function strideOf(attr: Attr | undefined): number {
  return attr && 'ints' in attr ? (attr.ints[1] ?? 1) : 1;
}
