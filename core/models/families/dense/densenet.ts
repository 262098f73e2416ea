/**
 * DenseNet (Huang et al. 2016, arXiv:1608.06993): each layer sees all before it. With bottlenecks and compression (BC);
 * also the one for CIFAR.
 */
import type { PublishedResult } from '../../../../contract/network.ts';
import type { Builder, Value } from '../../builder.ts';
import { defineModel } from '../../defineModel.ts';
import type { Model, NetworkShape } from '../../family.ts';
import { TIMM_SOURCE, timmInput, timmResult, TORCHVISION_INPUT } from '../../published.ts';
import { averageHead } from '../residual/residualNetwork.ts';
import { scaledDepth, scaledWidth } from '../widths.ts';

interface DenseDesign {
  /** Layers of each block. */
  readonly blocks: readonly number[];
  readonly growth: number;
  /** Channels of the stem. */
  readonly start: number;
  readonly stem: '7x7' | '3x3';
}

/** A layer first reduces what it sees to this many times the growth. */
const BOTTLENECK = 4;

interface DenseVariant {
  readonly name: string;
  readonly title: string;
  readonly aliases: readonly string[];
  readonly design: DenseDesign;
  readonly published: readonly PublishedResult[];
}

const variants: readonly DenseVariant[] = [
  {
    name: 'densenet121',
    title: 'DenseNet-121',
    aliases: ['densenet-121'],
    design: { blocks: [6, 12, 24, 16], growth: 32, start: 64, stem: '7x7' },
    published: [timmResult(288, 303, 23.514, 6.622), timmResult(224, 256, 24.426, 7.352)],
  },
  {
    name: 'densenet161',
    title: 'DenseNet-161',
    aliases: ['densenet-161'],
    design: { blocks: [6, 12, 36, 24], growth: 48, start: 96, stem: '7x7' },
    published: [timmResult(224, 256, 22.616, 6.344)],
  },
  {
    name: 'densenet169',
    title: 'DenseNet-169',
    aliases: ['densenet-169'],
    design: { blocks: [6, 12, 32, 32], growth: 32, start: 64, stem: '7x7' },
    published: [timmResult(224, 256, 24.078, 7.024)],
  },
  {
    name: 'densenet201',
    title: 'DenseNet-201',
    aliases: ['densenet-201'],
    design: { blocks: [6, 12, 48, 32], growth: 32, start: 64, stem: '7x7' },
    published: [timmResult(224, 256, 22.716, 6.52)],
  },
];

export const densenetModels: readonly Model[] = [
  ...variants.map(({ design, ...card }) =>
    defineModel({
      ...card,
      family: 'densenet',
      paper: 'https://arxiv.org/abs/1608.06993',
      source: TIMM_SOURCE,
      license: 'Apache-2.0 (timm)',
      notes: '',
      preprocessing:
        card.name === 'densenet121' ? timmInput(224, 0.875) : { ...TORCHVISION_INPUT, interpolation: 'cubic' },
      nativeSize: 224,
      minSize: 32,
      minSizeSmallInput: 8,
      supports: ['widthFactor', 'depthFactor', 'smallInput', 'dropout'],
      network: (builder, input, shape) => averageHead(builder, densenet(builder, input, shape, design), shape),
    }),
  ),
  defineModel({
    name: 'densenet100bc_cifar',
    title: 'DenseNet-BC-100 (k = 12) for CIFAR',
    aliases: ['densenet_bc_100_12', 'densenet100bc'],
    family: 'densenet',
    paper: 'https://arxiv.org/abs/1608.06993',
    source: 'section 3 of the paper',
    license: 'none needed: built from the paper',
    notes: 'Growth 12, 16 layers in each of three blocks, compression 0.5.',
    preprocessing: null,
    published: [
      {
        dataset: 'CIFAR-10 test',
        protocol: '32×32, whole image, trained with 4 pixels of padding, random crop and flip',
        top1ErrorPct: 4.51,
        top5ErrorPct: null,
      },
    ],
    nativeSize: 32,
    minSize: 8,
    minSizeSmallInput: null,
    supports: ['widthFactor', 'depthFactor', 'dropout'],
    network: (builder, input, shape) =>
      averageHead(
        builder,
        densenet(builder, input, shape, { blocks: [16, 16, 16], growth: 12, start: 24, stem: '3x3' }),
        shape,
      ),
  }),
];

/**
 * Layers `features.conv0`, `features.denseblock1.denselayer1.norm1` …, `features.transition1.conv`, `features.norm5`,
 * named as torchvision and timm name them.
 */
function densenet<V extends Value>(
  builder: Builder<V>,
  input: V,
  { options }: NetworkShape,
  { blocks, growth, start, stem }: DenseDesign,
): V {
  const isSmall = stem === '3x3' || (options.smallInput ?? false);
  const wide = (filters: number): number => scaledWidth(filters, options, 4);
  const normed = (x: V, name: string): V => builder.relu(builder.batchNorm(x, `features.${name}`));
  let x = builder.conv(input, 'features.conv0', {
    filters: wide(start),
    kernel: isSmall ? 3 : 7,
    stride: isSmall ? 1 : 2,
    padding: isSmall ? 1 : 3,
    bias: false,
  });
  if (stem === '7x7') x = normed(x, 'norm0');
  if (!isSmall) x = builder.maxPool(x, { kernel: 3, stride: 2, padding: 1 });
  blocks.forEach((layers, block) => {
    for (let layer = 1; layer <= scaledDepth(layers, options); layer++) {
      const name = `denseblock${block + 1}.denselayer${layer}`;
      const reduced = builder.conv(normed(x, `${name}.norm1`), `features.${name}.conv1`, {
        filters: BOTTLENECK * wide(growth),
        kernel: 1,
        bias: false,
      });
      const grown = builder.conv(normed(reduced, `${name}.norm2`), `features.${name}.conv2`, {
        filters: wide(growth),
        kernel: 3,
        padding: 1,
        bias: false,
      });
      x = builder.concat([x, grown]);
    }
    if (block === blocks.length - 1) return;
    const name = `transition${block + 1}`;
    const filters = Math.floor(x.shape.at(-1)! / 2);
    x = builder.conv(normed(x, `${name}.norm`), `features.${name}.conv`, { filters, kernel: 1, bias: false });
    x = builder.avgPool(x, { kernel: 2, stride: 2 });
  });
  return normed(x, 'norm5');
}
