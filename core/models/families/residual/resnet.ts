/**
 * ResNet (He et al. 2015, arXiv:1512.03385), ResNeXt (Xie et al. 2016, arXiv:1611.05431) and Wide ResNet-50-2
 * (Zagoruyko and Komodakis 2016, arXiv:1605.07146).
 */
import type { PublishedInput, PublishedResult } from '../../../../contract/network.ts';
import { defineModel } from '../../defineModel.ts';
import type { Model } from '../../family.ts';
import {
  CAFFE_ZOO_SOURCE,
  fromAccuracy,
  KERAS_RESNET_INPUT,
  MEAN_ONLY_INPUT,
  TIMM_SOURCE,
  timmInput,
  timmResult,
  TORCHVISION_INPUT,
  TORCH_INPUT,
  torchvisionResult,
  zooResults,
} from '../../published.ts';
import { averageHead, branchNames, numberedNames, residualFeatures, type ResidualDesign } from './residualNetwork.ts';

interface ResnetVariant {
  readonly name: string;
  readonly title: string;
  readonly aliases: readonly string[];
  readonly design: ResidualDesign;
  readonly paper: string;
  readonly source: string;
  readonly license: string;
  readonly preprocessing: PublishedInput | null;
  readonly published: readonly PublishedResult[];
  readonly notes?: string;
}

const RESNET = { paper: 'https://arxiv.org/abs/1512.03385' } as const;
const RESNEXT = { paper: 'https://arxiv.org/abs/1611.05431' } as const;
const ZOO = { source: CAFFE_ZOO_SOURCE, license: 'MIT (soeaver/caffe-model)', preprocessing: TORCH_INPUT } as const;
const TORCHVISION = {
  source: 'https://github.com/pytorch/vision',
  license: 'BSD-3-Clause (torchvision)',
  preprocessing: TORCHVISION_INPUT,
} as const;

const bottleneck = { block: 'bottleneck', pool: 'padded', names: numberedNames('res') } as const;
const grouped = { ...bottleneck, groups: 32, spatialWidth: 2, names: numberedNames('resx') } as const;

interface ResnetDRow extends Pick<ResidualDesign, 'block' | 'blocks'> {
  readonly name: string;
  readonly title: string;
  readonly stem: readonly [number, number, number];
  /** Of the short side that the crop takes. */
  readonly share: number;
  /** timm's. */
  readonly errors: readonly [top1: number, top5: number];
}

/** ResNet-D, and a small one of timm's with its stem. */
const RESNET_D: readonly ResnetDRow[] = [
  {
    name: 'resnet10t',
    title: 'ResNet-10-T',
    block: 'basic',
    blocks: [1, 1, 1, 1],
    stem: [24, 32, 64],
    share: 0.95,
    errors: [31.646, 11.966],
  },
  {
    name: 'resnet18d',
    title: 'ResNet-18-D',
    block: 'basic',
    blocks: [2, 2, 2, 2],
    stem: [32, 32, 64],
    share: 0.875,
    errors: [27.704, 9.318],
  },
  {
    name: 'resnet26d',
    title: 'ResNet-26-D',
    block: 'bottleneck',
    blocks: [2, 2, 2, 2],
    stem: [32, 32, 64],
    share: 0.875,
    errors: [23.302, 6.844],
  },
  {
    name: 'resnet34d',
    title: 'ResNet-34-D',
    block: 'basic',
    blocks: [3, 4, 6, 3],
    stem: [32, 32, 64],
    share: 0.875,
    errors: [22.892, 6.628],
  },
  {
    name: 'resnet50d',
    title: 'ResNet-50-D',
    block: 'bottleneck',
    blocks: [3, 4, 6, 3],
    stem: [32, 32, 64],
    share: 0.875,
    errors: [19.454, 4.84],
  },
  {
    name: 'resnet101d',
    title: 'ResNet-101-D',
    block: 'bottleneck',
    blocks: [3, 4, 23, 3],
    stem: [32, 32, 64],
    share: 0.875,
    errors: [19.534, 4.966],
  },
  {
    name: 'resnet152d',
    title: 'ResNet-152-D',
    block: 'bottleneck',
    blocks: [3, 8, 36, 3],
    stem: [32, 32, 64],
    share: 0.875,
    errors: [19.524, 4.806],
  },
];

const variants: readonly ResnetVariant[] = [
  {
    name: 'resnet18',
    title: 'ResNet-18',
    aliases: ['resnet-18'],
    ...RESNET,
    ...ZOO,
    design: { block: 'basic', blocks: [2, 2, 2, 2], pool: 'padded', names: branchNames },
    published: [
      ...zooResults(224, ['29.62/10.38', '26.69/8.64', '27.54/8.98', '26.23/8.21']),
      torchvisionResult(69.758, 89.078),
    ],
  },
  {
    name: 'resnet10',
    title: 'ResNet-10',
    aliases: ['resnet-10'],
    paper: 'https://arxiv.org/abs/1612.01452',
    ...TORCHVISION,
    notes: 'One basic block a stage; torchvision has no weights of it.',
    design: { block: 'basic', blocks: [1, 1, 1, 1], pool: 'padded', names: branchNames },
    published: [],
  },
  {
    name: 'resnet34',
    title: 'ResNet-34',
    aliases: ['resnet-34'],
    ...RESNET,
    ...TORCHVISION,
    design: { block: 'basic', blocks: [3, 4, 6, 3], pool: 'padded', names: branchNames },
    published: [torchvisionResult(73.314, 91.42)],
  },
  {
    name: 'resnet50',
    title: 'ResNet-50',
    aliases: ['resnet-50'],
    ...RESNET,
    ...TORCHVISION,
    design: { ...bottleneck, blocks: [3, 4, 6, 3] },
    published: [torchvisionResult(76.13, 92.862)],
    notes: 'Stride in the 3×3 convolution (v1.5).',
  },
  {
    name: 'resnet101',
    title: 'ResNet-101',
    aliases: ['resnet-101'],
    ...RESNET,
    ...TORCHVISION,
    design: { ...bottleneck, blocks: [3, 4, 23, 3] },
    published: [torchvisionResult(77.374, 93.546)],
    notes: 'Stride in the 3×3 convolution (v1.5).',
  },
  {
    name: 'resnet152',
    title: 'ResNet-152',
    aliases: ['resnet-152'],
    ...RESNET,
    ...TORCHVISION,
    design: { ...bottleneck, blocks: [3, 8, 36, 3] },
    published: [torchvisionResult(78.312, 94.046)],
    notes: 'Stride in the 3×3 convolution (v1.5).',
  },
  {
    name: 'resnet50.caffe',
    title: 'ResNet-50 as first published',
    aliases: ['resnet50_v1'],
    ...RESNET,
    source: CAFFE_ZOO_SOURCE,
    license: 'MIT',
    preprocessing: MEAN_ONLY_INPUT,
    published: [
      {
        dataset: 'ImageNet-1k val',
        protocol: 'centre crop 224 of short side 256',
        top1ErrorPct: 24.7,
        top5ErrorPct: 7.8,
      },
    ],
    design: {
      block: 'bottleneck',
      blocks: [3, 4, 6, 3],
      pool: 'ceil',
      strideIn: '1x1',
      stemBias: true,
      names: branchNames,
    },
    notes: 'Stride in the first 1×1 convolution, bias in the stem, pooling rounded up.',
  },
  ...(
    [
      [50, [3, 4, 6, 3], 74.9, 92.1],
      [101, [3, 4, 23, 3], 76.4, 92.8],
      [152, [3, 8, 36, 3], 76.6, 93.1],
    ] as const
  ).map(([depth, blocks, top1, top5]): ResnetVariant => ({
    name: `resnet${depth}.keras`,
    title: `ResNet-${depth} of Keras`,
    aliases: [],
    ...RESNET,
    source: 'https://github.com/keras-team/keras/blob/master/keras/src/applications/resnet.py',
    license: 'MIT (Kaiming He)',
    preprocessing: KERAS_RESNET_INPUT,
    published: [
      {
        dataset: 'ImageNet-1k val',
        protocol: 'as the list of Keras applications',
        top1ErrorPct: fromAccuracy(top1),
        top5ErrorPct: fromAccuracy(top5),
      },
    ],
    design: { block: 'bottleneck', blocks, pool: 'padded', strideIn: '1x1', epsilon: 1.001e-5, names: branchNames },
    notes: 'Stride in the first 1×1 convolution.',
  })),
  {
    name: 'resnext26_32x4d',
    title: 'ResNeXt-26 (32×4d)',
    aliases: ['resnext26-32x4d'],
    ...RESNEXT,
    ...ZOO,
    design: { ...grouped, blocks: [2, 2, 2, 2] },
    published: zooResults(224, ['24.93/7.75', '23.54/6.89', '24.20/7.21', '23.19/6.60']),
  },
  {
    name: 'resnext50_32x4d',
    title: 'ResNeXt-50 (32×4d)',
    aliases: ['resnext50-32x4d'],
    ...RESNEXT,
    ...ZOO,
    design: { ...grouped, blocks: [3, 4, 6, 3] },
    published: zooResults(224, ['22.37/6.31', '20.53/5.35', '21.10/5.53', '20.37/5.03']),
  },
  {
    name: 'resnext101_32x4d',
    title: 'ResNeXt-101 (32×4d)',
    aliases: ['resnext101-32x4d'],
    ...RESNEXT,
    ...ZOO,
    design: { ...grouped, blocks: [3, 4, 23, 3] },
    published: zooResults(224, ['21.30/5.79', '19.47/4.89', '19.91/4.97', '19.19/4.59']),
  },
  {
    name: 'resnext101_64x4d',
    title: 'ResNeXt-101 (64×4d)',
    aliases: ['resnext101-64x4d'],
    ...RESNEXT,
    ...ZOO,
    design: { ...grouped, groups: 64, spatialWidth: 4, blocks: [3, 4, 23, 3] },
    published: zooResults(224, ['20.60/5.41', '18.88/4.59', '19.26/4.63', '18.48/4.31']),
  },
  {
    name: 'wide_resnet50_2',
    title: 'Wide ResNet-50-2',
    aliases: ['wrn50-2', 'resnet50-1x128d'],
    paper: 'https://arxiv.org/abs/1605.07146',
    ...ZOO,
    design: { ...bottleneck, spatialWidth: 2, blocks: [3, 4, 6, 3] },
    published: zooResults(224, ['22.13/6.13', '20.09/5.06', '20.68/5.28', '19.83/4.87']),
  },
  {
    name: 'wide_resnet101_2',
    title: 'Wide ResNet-101-2',
    aliases: ['wrn101-2'],
    paper: 'https://arxiv.org/abs/1605.07146',
    ...TORCHVISION,
    design: { ...bottleneck, spatialWidth: 2, blocks: [3, 4, 23, 3] },
    published: [torchvisionResult(78.848, 94.284)],
    notes: 'Stride in the 3×3 convolution.',
  },
  ...RESNET_D.map(({ name, title, block, blocks, stem, share, errors }): ResnetVariant => ({
    name,
    title,
    aliases: [title.toLowerCase()],
    paper: 'https://arxiv.org/abs/1812.01187',
    source: TIMM_SOURCE,
    license: 'Apache-2.0 (timm)',
    preprocessing: timmInput(224, share),
    published: [timmResult(224, Math.floor(224 / share), ...errors)],
    design: { block, blocks, stem, pool: 'padded', meanShortcut: true, names: numberedNames('res') },
    notes: 'Stem of three 3×3 convolutions; shortcuts halve the map by a mean.',
  })),
];

/** Layers named as in the published files; the dense layer is `classifier` in all. */
export const resnetModels: readonly Model[] = variants.map(({ design, notes = '', ...card }) =>
  defineModel({
    ...card,
    family: card.name.startsWith('resnext') ? 'resnext' : 'resnet',
    notes,
    nativeSize: 224,
    minSize: 32,
    minSizeSmallInput: 8,
    supports: ['widthFactor', 'depthFactor', 'smallInput', 'dropout', 'dropPath'],
    network: (builder, input, shape) => averageHead(builder, residualFeatures(builder, input, shape, design), shape),
  }),
);
