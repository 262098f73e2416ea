/**
 * Dual path networks (Chen et al. 2017, arXiv:1707.01629): a residual and a densely connected path side by side,
 * activation before the convolutions.
 */
import type { Builder, Value } from '../../builder.ts';
import { convBlock } from '../convBlock.ts';
import { defineModel } from '../../defineModel.ts';
import type { Model, NetworkShape } from '../../family.ts';
import { CAFFE_ZOO_SOURCE, DPN_INPUT, zooResults, type ZooErrors } from '../../published.ts';
import { averageHead } from './residualNetwork.ts';
import { stochasticDepth, totalBlocks } from '../../stochasticDepth.ts';
import { scaledDepth, scaledWidth } from '../widths.ts';

interface DpnVariant {
  readonly name: string;
  readonly title: string;
  readonly aliases: readonly string[];
  readonly stem: { readonly filters: number; readonly kernel: number };
  readonly blocks: readonly [number, number, number, number];
  /** Width of the grouped 3×3 convolutions in the first stage; doubled in each further one. */
  readonly width: number;
  readonly groups: number;
  /** Width of the residual path in the first stage; doubled in each further one. */
  readonly residual: number;
  /** Channels that every block of a stage adds to the dense path. */
  readonly growth: readonly [number, number, number, number];
  /**
   * The last 1×1 convolution as two (`_branch1` residual, `_branch2` dense): the same arithmetic, other weight names.
   */
  readonly splitExpansion?: boolean;
  readonly errors: ZooErrors;
}

const EPSILON = 1e-3;

const variants: readonly DpnVariant[] = [
  {
    name: 'dpn68',
    title: 'DPN-68',
    aliases: ['dpn-68', 'dpn-68-extra'],
    stem: { filters: 10, kernel: 3 },
    blocks: [3, 4, 12, 3],
    width: 128,
    groups: 32,
    residual: 64,
    growth: [16, 32, 32, 64],
    splitExpansion: true,
    errors: ['22.56/6.24', '20.48/4.99', '20.99/5.25', '20.09/4.73'],
  },
  {
    name: 'dpn92',
    title: 'DPN-92',
    aliases: ['dpn-92'],
    stem: { filters: 64, kernel: 7 },
    blocks: [3, 4, 20, 3],
    width: 96,
    groups: 32,
    residual: 256,
    growth: [16, 32, 24, 128],
    errors: ['20.81/5.47', '18.99/4.59', '19.23/4.64', '18.68/4.24'],
  },
  {
    name: 'dpn98',
    title: 'DPN-98',
    aliases: ['dpn-98'],
    stem: { filters: 96, kernel: 7 },
    blocks: [3, 6, 20, 3],
    width: 160,
    groups: 40,
    residual: 256,
    growth: [16, 32, 32, 128],
    errors: ['20.27/5.28', '18.57/4.42', '18.87/4.43', '18.21/4.11'],
  },
  {
    name: 'dpn131',
    title: 'DPN-131',
    aliases: ['dpn-131'],
    stem: { filters: 128, kernel: 7 },
    blocks: [4, 8, 28, 3],
    width: 160,
    groups: 40,
    residual: 256,
    growth: [16, 32, 32, 128],
    errors: ['20.00/5.24', '18.52/4.28', '18.63/4.31', '17.99/3.92'],
  },
  {
    name: 'dpn107',
    title: 'DPN-107',
    aliases: ['dpn-107', 'dpn-107-extra'],
    stem: { filters: 128, kernel: 7 },
    blocks: [4, 8, 20, 3],
    width: 200,
    groups: 50,
    residual: 256,
    growth: [20, 64, 64, 128],
    errors: ['19.70/5.06', null, '18.41/4.25', null],
  },
];

export const dpnModels: readonly Model[] = variants.map((variant) =>
  defineModel({
    name: variant.name,
    title: variant.title,
    aliases: variant.aliases,
    family: 'dpn',
    paper: 'https://arxiv.org/abs/1707.01629',
    source: CAFFE_ZOO_SOURCE,
    license: 'MIT (soeaver/caffe-model)',
    notes: variant.splitExpansion
      ? 'The last 1×1 convolution of a block is written as two, as in the published file.'
      : 'The last 1×1 convolution of a block is cut into the residual and the dense part.',
    preprocessing: DPN_INPUT,
    published: zooResults(224, variant.errors),
    nativeSize: 224,
    minSize: 32,
    minSizeSmallInput: 8,
    supports: ['widthFactor', 'depthFactor', 'smallInput', 'dropout', 'dropPath'],
    network: (builder, input, shape) => averageHead(builder, dpn(builder, input, shape, variant), shape),
  }),
);

/** The two paths between blocks. */
interface Paths<V> {
  readonly residual: V;
  readonly dense: V;
}

/**
 * Layers `dpn1_conv1` to `_conv3`, `dpn1_match_conv` in the first block of a stage; activations `dpn<n>_bn`,
 * `dpn<n>_match_bn`, `pool_ave_concat_bn`.
 */
function dpn<V extends Value>(builder: Builder<V>, input: V, shape: NetworkShape, variant: DpnVariant): V {
  const { options } = shape;
  const { smallInput = false } = options;
  const { filters, kernel } = variant.stem;
  let joined = convBlock(builder, input, 'conv1', {
    filters: scaledWidth(filters, options),
    kernel: smallInput ? 3 : kernel,
    stride: smallInput ? 1 : 2,
    epsilon: EPSILON,
  });
  if (!smallInput) joined = builder.maxPool(joined, { kernel: 3, stride: 2, padding: 1 });
  const dropPath = stochasticDepth(builder, options, totalBlocks(variant.blocks, options));
  let index = 0;
  variant.blocks.forEach((blocks, stage) => {
    let paths: Paths<V> | null = null;
    for (let block = 0; block < scaledDepth(blocks, options); block++) {
      index++;
      const stride: number = block === 0 && stage > 0 ? 2 : 1;
      paths = dualPathBlock(builder, joined, paths, shape, variant, { index, stage, stride, dropPath });
      joined = builder.concat([paths.residual, paths.dense]);
    }
  });
  return activation(builder, joined, 'pool_ave_concat_bn');
}

function dualPathBlock<V extends Value>(
  builder: Builder<V>,
  joined: V,
  before: Paths<V> | null,
  { options }: NetworkShape,
  variant: DpnVariant,
  {
    index,
    stage,
    stride,
    dropPath,
  }: { readonly index: number; readonly stage: number; readonly stride: number; readonly dropPath: (branch: V) => V },
): Paths<V> {
  const name = `dpn${index}`;
  const residual = scaledWidth(variant.residual * 2 ** stage, options);
  const growth = scaledWidth(variant.growth[stage]!, options, 4);
  const width = scaledWidth(variant.width * 2 ** stage, options, variant.groups);
  let shortcut = before;
  if (!shortcut) {
    const projected = builder.conv(activation(builder, joined, `${name}_match_bn`), `${name}_match_conv`, {
      filters: residual + 2 * growth,
      kernel: 1,
      stride,
      bias: false,
    });
    shortcut = {
      residual: builder.sliceChannels(projected, 0, residual),
      dense: builder.sliceChannels(projected, residual, residual + 2 * growth),
    };
  }
  let y = convBlock(builder, activation(builder, joined, `${name}_bn`), `${name}_conv1`, {
    filters: width,
    kernel: 1,
    epsilon: EPSILON,
  });
  y = convBlock(builder, y, `${name}_conv2`, {
    filters: width,
    kernel: 3,
    stride,
    groups: variant.groups,
    epsilon: EPSILON,
  });
  // Both paths lack the block where it is skipped: the convolution after this has no bias.
  y = dropPath(y);
  const added = variant.splitExpansion
    ? {
        residual: builder.conv(y, `${name}_conv3_branch1`, { filters: residual, kernel: 1, bias: false }),
        dense: builder.conv(y, `${name}_conv3_branch2`, { filters: growth, kernel: 1, bias: false }),
      }
    : expansion(builder, y, `${name}_conv3`, residual, growth);
  return {
    residual: builder.add(shortcut.residual, added.residual),
    dense: builder.concat([shortcut.dense, added.dense]),
  };
}

function expansion<V extends Value>(
  builder: Builder<V>,
  y: V,
  name: string,
  residual: number,
  growth: number,
): Paths<V> {
  const expanded = builder.conv(y, name, { filters: residual + growth, kernel: 1, bias: false });
  return {
    residual: builder.sliceChannels(expanded, 0, residual),
    dense: builder.sliceChannels(expanded, residual, residual + growth),
  };
}

function activation<V extends Value>(builder: Builder<V>, x: V, name: string): V {
  return builder.relu(builder.batchNorm(x, name, { epsilon: EPSILON }));
}
