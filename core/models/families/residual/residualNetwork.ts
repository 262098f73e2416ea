/**
 * Residual networks with the activation after the sum: ResNet, ResNeXt, Wide ResNet, SE-ResNet, SENet-154, and the
 * backbones of covariance pooling.
 */
import type { Builder, Value } from '../../builder.ts';
import { convBlock, squeezeExcite } from '../convBlock.ts';
import type { NetworkShape } from '../../family.ts';
import { stochasticDepth, totalBlocks } from '../../stochasticDepth.ts';
import { scaledDepth, scaledWidth } from '../widths.ts';

export interface ResidualDesign {
  readonly block: 'basic' | 'bottleneck';
  /** Blocks of the four stages. */
  readonly blocks: readonly [number, number, number, number];
  /** Of the 3×3 convolutions. */
  readonly groups?: number;
  /** Width of the 3×3 convolutions in units of 64 · 2^stage; 1 unless given. */
  readonly spatialWidth?: number;
  /** Width of the first 1×1 convolution in the same units; that of the 3×3 unless given. */
  readonly reduceWidth?: number;
  /**
   * Which convolution of a bottleneck carries the stride: the 3×3 (torchvision) or the first 1×1 (the paper, Caffe).
   */
  readonly strideIn?: '3x3' | '1x1';
  /** Widths of 3×3 convolutions in place of the one of 7×7, the first with stride 2. */
  readonly stem?: readonly number[];
  readonly stemBias?: boolean;
  /**
   * First pooling 3×3 stride 2: `padded` one pixel on every side and rounded down (Torch), or `ceil` without padding
   * (Caffe).
   */
  readonly pool: 'padded' | 'ceil';
  /** Kernel of the projections of stages 2 to 4; 1 unless given. */
  readonly projectionKernel?: 1 | 3;
  /**
   * Shortcuts halve the map by a mean of 2×2 before their 1×1 convolution (He et al. 2018, arXiv:1812.01187, ResNet-D).
   */
  readonly meanShortcut?: boolean;
  /** Squeeze-and-excitation with this reduction. */
  readonly squeeze?: number;
  /** Stride of the last stage; 2 unless given. */
  readonly lastStride?: 1 | 2;
  readonly epsilon?: number;
  readonly names: ResidualNames;
}

/** Layer names. Stages count from 0, blocks from 0 inside a stage, `index` from 1 through all stages. */
export interface ResidualNames {
  stem(layer: number, layers: number): string;
  /** Convolution 1 to 3 of a block. */
  conv(place: BlockPlace, layer: 1 | 2 | 3): string;
  projection(place: BlockPlace): string;
  squeeze(place: BlockPlace): { readonly down: string; readonly up: string };
  batchNorm(convName: string): string;
}

export interface BlockPlace {
  readonly stage: number;
  readonly block: number;
  readonly index: number;
}

const suffixed = (convName: string): string => `${convName}_bn`;

/** `<prefix>1_conv1` … `<prefix>1_match_conv`, numbered through. */
export function numberedNames(prefix: string): ResidualNames {
  return {
    stem: (layer, layers) => (layers === 1 ? 'conv1' : `conv1_${layer}`),
    conv: ({ index }, layer) => `${prefix}${index}_conv${layer}`,
    projection: ({ index }) => `${prefix}${index}_match_conv`,
    squeeze: ({ index }) => ({ down: `${prefix}${index}_1x1_down`, up: `${prefix}${index}_1x1_up` }),
    batchNorm: suffixed,
  };
}

/** `res2a_branch2a`, `bn2a_branch2a`: the names of He et al.'s Caffe files. */
export const branchNames: ResidualNames = {
  stem: () => 'conv1',
  conv: ({ stage, block }, layer) => `res${stage + 2}${letter(block)}_branch2${letter(layer - 1)}`,
  projection: ({ stage, block }) => `res${stage + 2}${letter(block)}_branch1`,
  squeeze: ({ stage, block }) => ({
    down: `res${stage + 2}${letter(block)}_down`,
    up: `res${stage + 2}${letter(block)}_up`,
  }),
  batchNorm: (convName) => (convName === 'conv1' ? 'bn_conv1' : convName.replace(/^res/, 'bn')),
};

/** `conv2_1_1x1_reduce`, `conv2_1_3x3`, `conv2_1_1x1_increase`: the names of the SENet authors' files. */
export const senetNames: ResidualNames = {
  stem: (layer, layers) => (layers === 1 ? 'conv1_7x7_s2' : layer === 1 ? 'conv1_1_3x3_s2' : `conv1_${layer}_3x3`),
  conv: ({ stage, block }, layer) =>
    `conv${stage + 2}_${block + 1}_${['1x1_reduce', '3x3', '1x1_increase'][layer - 1] ?? ''}`,
  projection: ({ stage, block }) => `conv${stage + 2}_${block + 1}_1x1_proj`,
  squeeze: ({ stage, block }) => ({
    down: `conv${stage + 2}_${block + 1}_1x1_down`,
    up: `conv${stage + 2}_${block + 1}_1x1_up`,
  }),
  batchNorm: suffixed,
};

/** `conv2_1_x1`, `conv2_1_prj`, `fc2_1_sqz`: the names of the SE-ResNet-50 with the stride in the 3×3. */
export const shortNames: ResidualNames = {
  stem: () => 'conv1',
  conv: ({ stage, block }, layer) => `conv${stage + 2}_${block + 1}_x${layer}`,
  projection: ({ stage, block }) => `conv${stage + 2}_${block + 1}_prj`,
  squeeze: ({ stage, block }) => ({ down: `fc${stage + 2}_${block + 1}_sqz`, up: `fc${stage + 2}_${block + 1}_exc` }),
  batchNorm: suffixed,
};

/** `[size, size, channels]` to the last feature map. */
export function residualFeatures<V extends Value>(
  builder: Builder<V>,
  input: V,
  shape: NetworkShape,
  design: ResidualDesign,
): V {
  let x = stem(builder, input, shape, design);
  const dropPath = stochasticDepth(builder, shape.options, totalBlocks(design.blocks, shape.options));
  let index = 0;
  design.blocks.forEach((blocks, stage) => {
    for (let block = 0; block < scaledDepth(blocks, shape.options); block++) {
      index++;
      const stride = block > 0 || stage === 0 ? 1 : stage === 3 ? (design.lastStride ?? 2) : 2;
      x = residualBlock(builder, x, shape, design, { stage, block, index }, stride, dropPath);
    }
  });
  return x;
}

/** Global average and the dense layer `classifier`; dropout before it where there is any. */
export function averageHead<V extends Value>(
  builder: Builder<V>,
  x: V,
  shape: NetworkShape,
  dropout = shape.options.dropout ?? 0,
): V {
  const pooled = builder.globalAvgPool(x);
  return builder.dense(dropout > 0 ? builder.dropout(pooled, 'dropout', dropout) : pooled, 'classifier', {
    units: shape.classes,
    init: { kind: 'glorot' },
  });
}

function stem<V extends Value>(builder: Builder<V>, input: V, shape: NetworkShape, design: ResidualDesign): V {
  const { names, epsilon, stemBias = false } = design;
  const { smallInput = false } = shape.options;
  const convs = design.stem ?? [64];
  let x = input;
  convs.forEach((filters, i) => {
    const name = names.stem(i + 1, convs.length);
    const kernel = smallInput || convs.length > 1 ? 3 : 7;
    x = convBlock(builder, x, name, {
      filters: scaledWidth(filters, shape.options),
      kernel,
      stride: i === 0 && !smallInput ? 2 : 1,
      bias: stemBias,
      bnName: names.batchNorm(name),
      epsilon,
    });
  });
  if (smallInput) return x;
  return builder.maxPool(
    x,
    design.pool === 'ceil' ? { kernel: 3, stride: 2, ceil: true } : { kernel: 3, stride: 2, padding: 1 },
  );
}

function residualBlock<V extends Value>(
  builder: Builder<V>,
  x: V,
  shape: NetworkShape,
  design: ResidualDesign,
  place: BlockPlace,
  stride: number,
  dropPath: (branch: V) => V,
): V {
  const { names, epsilon, groups = 1, spatialWidth = 1, squeeze } = design;
  const base = 64 * 2 ** place.stage;
  const spatial = scaledWidth(base * spatialWidth, shape.options, groups > 1 ? groups : 8);
  const output = scaledWidth(design.block === 'basic' ? base : base * 4, shape.options);
  const conv = (from: V, layer: 1 | 2 | 3, filters: number, kernel: number, at: number, relu: boolean): V => {
    const name = names.conv(place, layer);
    return convBlock(builder, from, name, {
      filters,
      kernel,
      stride: at,
      groups: kernel === 3 ? groups : 1,
      activation: relu ? 'relu' : null,
      epsilon,
      bnName: names.batchNorm(name),
    });
  };
  let y: V;
  if (design.block === 'basic') {
    y = conv(conv(x, 1, spatial, 3, stride, true), 2, output, 3, 1, false);
  } else {
    const reduce =
      design.reduceWidth === undefined
        ? spatial
        : scaledWidth(base * design.reduceWidth, shape.options, groups > 1 ? groups : 8);
    const [first, second] = design.strideIn === '1x1' ? [stride, 1] : [1, stride];
    y = conv(conv(conv(x, 1, reduce, 1, first, true), 2, spatial, 3, second, true), 3, output, 1, 1, false);
  }
  if (squeeze !== undefined) y = squeezeExcite(builder, y, names.squeeze(place), squeeze);
  return builder.relu(builder.add(shortcut(builder, x, design, place, stride, output), dropPath(y)));
}

function shortcut<V extends Value>(
  builder: Builder<V>,
  x: V,
  design: ResidualDesign,
  place: BlockPlace,
  stride: number,
  output: number,
): V {
  if (stride === 1 && x.shape.at(-1) === output) return x;
  const name = design.names.projection(place);
  const kernel = place.stage > 0 ? (design.projectionKernel ?? 1) : 1;
  const isMean = (design.meanShortcut ?? false) && stride > 1;
  const from = isMean ? builder.avgPool(x, { kernel: stride, stride, ceil: true }) : x;
  return convBlock(builder, from, name, {
    filters: output,
    kernel,
    stride: isMean ? 1 : stride,
    activation: null,
    epsilon: design.epsilon,
    bnName: design.names.batchNorm(name),
  });
}

/** a to z, then aa, ab …: stages of ResNet-152 have 36 blocks. */
function letter(index: number): string {
  return `${index < 26 ? '' : letter(Math.floor(index / 26) - 1)}${String.fromCharCode(97 + (index % 26))}`;
}
