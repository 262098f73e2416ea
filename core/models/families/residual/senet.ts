/** Squeeze-and-excitation networks on ResNet and ResNeXt (Hu et al. 2017, arXiv:1709.01507), and SENet-154. */
import type { PublishedInput, PublishedResult } from '../../../../contract/network.ts';
import { defineModel } from '../../defineModel.ts';
import type { Model } from '../../family.ts';
import {
  SCALED_INPUT,
  SENET_INPUT,
  SENET_SOURCE,
  TORCHVISION_INPUT,
  timmResult,
  zooResults,
  type ZooErrors,
} from '../../published.ts';
import { averageHead, residualFeatures, senetNames, shortNames, type ResidualDesign } from './residualNetwork.ts';

interface SenetVariant {
  readonly name: string;
  readonly title: string;
  readonly aliases: readonly string[];
  readonly design: ResidualDesign;
  readonly errors: ZooErrors | PublishedResult;
  /** Of the definition, unless the options say otherwise. */
  readonly dropout?: number;
  readonly notes: string;
  readonly source?: string;
  readonly license?: string;
  readonly preprocessing?: PublishedInput;
}

const authors = { block: 'bottleneck', pool: 'ceil', squeeze: 16, names: senetNames } as const;
const resnet = { ...authors, strideIn: '1x1' } as const;
const resnext = { ...authors, groups: 32, spatialWidth: 2 } as const;
const FIRST_STRIDE = 'Stride in the first 1×1 convolution; pooling rounded up.';
const CEIL = 'Stride in the 3×3 convolution; pooling rounded up.';

const variants: readonly SenetVariant[] = [
  {
    name: 'legacy_seresnet50',
    title: 'SE-ResNet-50',
    aliases: ['se-resnet50'],
    design: { ...resnet, blocks: [3, 4, 6, 3] },
    notes: FIRST_STRIDE,
    errors: ['22.39/6.37', '20.61/5.34', '20.49/5.22', '20.02/4.85'],
  },
  {
    name: 'legacy_seresnet101',
    title: 'SE-ResNet-101',
    aliases: ['se-resnet101'],
    design: { ...resnet, blocks: [3, 4, 23, 3] },
    notes: FIRST_STRIDE,
    errors: ['21.76/5.72', '19.96/4.79', '19.97/4.78', '19.34/4.41'],
  },
  {
    name: 'legacy_seresnet152',
    title: 'SE-ResNet-152',
    aliases: ['se-resnet152'],
    design: { ...resnet, blocks: [3, 8, 36, 3] },
    notes: FIRST_STRIDE,
    errors: ['21.34/5.54', '19.56/4.66', '19.34/4.59', '18.83/4.32'],
  },
  {
    name: 'legacy_seresnext50_32x4d',
    title: 'SE-ResNeXt-50 (32×4d)',
    aliases: ['se-resnext50-32x4d'],
    design: { ...resnext, blocks: [3, 4, 6, 3] },
    notes: CEIL,
    errors: ['20.96/5.53', '19.39/4.69', '19.36/4.66', '18.70/4.38'],
  },
  {
    name: 'legacy_seresnext101_32x4d',
    title: 'SE-ResNeXt-101 (32×4d)',
    aliases: ['se-resnext101-32x4d'],
    design: { ...resnext, blocks: [3, 4, 23, 3] },
    notes: CEIL,
    errors: ['19.83/4.95', '18.44/4.16', '18.14/4.08', '17.68/3.86'],
  },
  {
    name: 'legacy_senet154',
    title: 'SENet-154 (SE-ResNeXt-152 64×4d)',
    aliases: ['senet154', 'senet', 'se-resnext152-64x4d'],
    dropout: 0.2,
    notes: `${CEIL} Dropout 0.2 before the classifier unless set.`,
    design: {
      ...authors,
      groups: 64,
      spatialWidth: 4,
      reduceWidth: 2,
      projectionKernel: 3,
      stem: [64, 64, 128],
      blocks: [3, 8, 36, 3],
    },
    errors: ['18.67/4.47', '17.40/3.69', '17.28/3.78', '16.80/3.47'],
  },
  {
    name: 'seresnet50',
    title: 'SE-ResNet-50 on torchvision’s ResNet',
    aliases: [],
    design: { ...authors, pool: 'padded', blocks: [3, 4, 6, 3] },
    notes: 'Stride in the 3×3 convolution, padded pooling rounded down.',
    errors: timmResult(288, 288, 18.898, 4.88),
    source: 'https://github.com/huggingface/pytorch-image-models',
    license: 'Apache-2.0 (timm)',
    preprocessing: { ...TORCHVISION_INPUT, resize: 235, interpolation: 'cubic' },
  },
  {
    name: 'seresnet50_hik',
    title: 'SE-ResNet-50 (Hikvision)',
    aliases: ['se-resnet50-hik'],
    design: { ...authors, epsilon: 1e-4, names: shortNames, blocks: [3, 4, 6, 3] },
    notes: `${CEIL} BatchNorm epsilon 1e-4. The published file declares 225 pixels.`,
    errors: ['21.98/5.80', '20.06/4.88', '20.51/5.04', '19.92/4.68'],
    source: 'https://github.com/shicai/SENet-Caffe',
    license: 'BSD-3-Clause (shicai/SENet-Caffe)',
    preprocessing: SCALED_INPUT,
  },
];

/**
 * Layers named as in the published files; the dense layer is `classifier` in all. The last pooling is global, so that
 * other sizes work.
 */
export const senetModels: readonly Model[] = variants.map(({ design, errors, dropout = 0, ...card }) =>
  defineModel({
    source: SENET_SOURCE,
    license: 'Apache-2.0 (hujie-frank/SENet)',
    preprocessing: SENET_INPUT,
    ...card,
    family: 'senet',
    paper: 'https://arxiv.org/abs/1709.01507',
    published: 'protocol' in errors ? [errors] : zooResults(224, errors),
    nativeSize: 224,
    minSize: 32,
    minSizeSmallInput: 8,
    supports: ['widthFactor', 'depthFactor', 'smallInput', 'dropout', 'dropPath'],
    network: (builder, input, shape) =>
      averageHead(builder, residualFeatures(builder, input, shape, design), shape, shape.options.dropout ?? dropout),
  }),
);
