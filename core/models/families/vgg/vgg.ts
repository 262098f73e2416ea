/**
 * VGG (Simonyan and Zisserman 2014, arXiv:1409.1556): 11, 13, 16, 16 with 1×1 filters (configuration C) and 19 weight
 * layers, each also with BatchNorm.
 */
import { StudioError } from '../../../../contract/errors.ts';
import type { PublishedResult } from '../../../../contract/network.ts';
import type { ModelOptions } from '../../../../contract/runSpec.ts';
import type { Builder, Value } from '../../builder.ts';
import { defineModel } from '../../defineModel.ts';
import type { Model, NetworkShape } from '../../family.ts';
import { fromAccuracy, TORCHVISION_INPUT, torchvisionResult } from '../../published.ts';
import { scaledWidth } from '../widths.ts';

interface VggVariant {
  readonly name: string;
  readonly title: string;
  readonly aliases: readonly string[];
  /** Convolutions of the five blocks. */
  readonly convs: readonly [number, number, number, number, number];
  /** Configuration C: the third convolution of blocks 3, 4 and 5 is 1×1. */
  readonly thirdIs1x1?: boolean;
  readonly batchNorm?: boolean;
  readonly published: readonly PublishedResult[];
}

const FILTERS = [64, 128, 256, 512, 512] as const;
/** Five poolings by two leave nothing of a smaller picture. */
const MIN_SIZE = 32;
/** Grid of the published head; larger feature maps are pooled down to it. */
const MAX_GRID = 7;
/** What the five poolings divide a picture's side by. */
const REDUCTION = 32;
const HEAD_WIDTH = 4096;
const HEAD =
  "Adaptive max pooling before the head, average for torchvision's and timm's weights; no dropout unless set.";

const variants: readonly VggVariant[] = [
  {
    name: 'vgg11',
    title: 'VGG-11',
    aliases: ['vgg-11'],
    convs: [1, 1, 2, 2, 2],
    published: [torchvisionResult(69.02, 88.628), tinyImageNet(35.91)],
  },
  {
    name: 'vgg13',
    title: 'VGG-13',
    aliases: ['vgg-13'],
    convs: [2, 2, 2, 2, 2],
    published: [torchvisionResult(69.928, 89.246), tinyImageNet(40.01)],
  },
  {
    name: 'vgg16',
    title: 'VGG-16',
    aliases: ['vgg-16'],
    convs: [2, 2, 3, 3, 3],
    published: [torchvisionResult(71.592, 90.382), tinyImageNet(36.92)],
  },
  {
    name: 'vgg16_c1',
    title: 'VGG-16 with 1×1 filters',
    aliases: ['vgg16_c11', '16_c11'],
    convs: [2, 2, 3, 3, 3],
    thirdIs1x1: true,
    published: [
      {
        dataset: 'ImageNet-1k val',
        protocol: 'dense, one scale: short side 256',
        top1ErrorPct: 28.1,
        top5ErrorPct: 9.4,
      },
      tinyImageNet(38.45),
    ],
  },
  {
    name: 'vgg19',
    title: 'VGG-19',
    aliases: ['vgg-19'],
    convs: [2, 2, 4, 4, 4],
    published: [torchvisionResult(72.376, 90.876), tinyImageNet(35.63)],
  },
  {
    name: 'vgg11_bn',
    title: 'VGG-11 with BatchNorm',
    aliases: [],
    convs: [1, 1, 2, 2, 2],
    batchNorm: true,
    published: [torchvisionResult(70.37, 89.81)],
  },
  {
    name: 'vgg13_bn',
    title: 'VGG-13 with BatchNorm',
    aliases: [],
    convs: [2, 2, 2, 2, 2],
    batchNorm: true,
    published: [torchvisionResult(71.586, 90.374)],
  },
  {
    name: 'vgg16_bn',
    title: 'VGG-16 with BatchNorm',
    aliases: [],
    convs: [2, 2, 3, 3, 3],
    batchNorm: true,
    published: [
      torchvisionResult(73.36, 91.516),
      {
        dataset: 'ImageNet-1k val',
        protocol: 'CIE Lab, epoch 120, 224×224',
        top1ErrorPct: fromAccuracy(60.87),
        top5ErrorPct: fromAccuracy(83.17),
      },
    ],
  },
  {
    name: 'vgg16_c1_bn',
    title: 'VGG-16 with 1×1 filters and BatchNorm',
    aliases: ['vgg16_c11_bn'],
    convs: [2, 2, 3, 3, 3],
    thirdIs1x1: true,
    batchNorm: true,
    published: [],
  },
  {
    name: 'vgg19_bn',
    title: 'VGG-19 with BatchNorm',
    aliases: [],
    convs: [2, 2, 4, 4, 4],
    batchNorm: true,
    published: [torchvisionResult(74.218, 91.842)],
  },
];

/**
 * Layers `conv1_1` … `conv5_4` (`bn1_1` … with BatchNorm), `fc6`, `fc7`, `fc8`; adaptive max pooling before the head,
 * no dropout unless asked for.
 */
export const vggModels: readonly Model[] = variants.map((variant) =>
  defineModel({
    name: variant.name,
    aliases: variant.aliases,
    family: 'vgg',
    title: variant.title,
    nativeSize: 224,
    minSize: MIN_SIZE,
    paper: 'https://arxiv.org/abs/1409.1556',
    source: variant.thirdIs1x1
      ? 'configuration C of the paper'
      : 'the paper; layer shapes and initial weights as torchvision',
    license: 'BSD-3-Clause (torchvision)',
    notes: variant.thirdIs1x1 ? `The third convolution of blocks 3, 4 and 5 has 1×1 filters. ${HEAD}` : HEAD,
    preprocessing: variant.thirdIs1x1 ? null : TORCHVISION_INPUT,
    published: variant.published,
    supports: ['poolGrid', 'gridPooling', 'headWidth', 'dropout', 'widthFactor'],
    minSizeSmallInput: null,
    network: (builder, input, shape) => vgg(builder, input, shape, variant),
  }),
);

function vgg<V extends Value>(builder: Builder<V>, input: V, shape: NetworkShape, variant: VggVariant): V {
  const { options } = shape;
  let x = input;
  variant.convs.forEach((convs, block) => {
    const filters = scaledWidth(FILTERS[block] ?? 512, options);
    for (let index = 1; index <= convs; index++) {
      const place = `${block + 1}_${index}`;
      const kernel = variant.thirdIs1x1 && block >= 2 && index === 3 ? 1 : 3;
      x = builder.conv(x, `conv${place}`, {
        filters,
        kernel,
        padding: (kernel - 1) / 2,
        init: { kind: 'he', fan: 'out' },
      });
      if (variant.batchNorm) x = builder.batchNorm(x, `bn${place}`);
      x = builder.relu(x);
    }
    x = builder.maxPool(x, { kernel: 2, stride: 2 });
  });
  const grid = options.poolGrid ?? Math.min(x.shape[0]!, MAX_GRID);
  x = poolToGrid(builder, x, grid, options.gridPooling);
  x = builder.flatten(x);
  const units = options.headWidth ?? HEAD_WIDTH;
  const dropped = (y: V, name: string): V => (options.dropout ? builder.dropout(y, name, options.dropout) : y);
  if (units === 0) x = dropped(x, 'drop5');
  else
    for (const name of ['fc6', 'fc7'])
      x = dropped(
        builder.relu(builder.dense(x, name, { units, init: { kind: 'he', fan: 'in' } })),
        `drop${name.slice(2)}`,
      );
  return builder.dense(x, 'fc8', { units: shape.classes, init: { kind: 'glorot' } });
}

/** @throws {StudioError} model.badOption: for maps that timm would move the head over */
function poolToGrid<V extends Value>(
  builder: Builder<V>,
  x: V,
  grid: number,
  pooling: ModelOptions['gridPooling'] = 'max',
): V {
  if (pooling === 'max') return builder.adaptiveMaxPool(x, grid);
  const side = x.shape[0]!;
  if (pooling === 'averageUpTo' && side > grid)
    throw new StudioError(
      'model.badOption',
      `These weights follow timm's VGG, which moves its head over maps larger than ${grid} × ${grid} in place of ` +
        `pooling them; images of this size give ${side} × ${side}.`,
      { remedy: `Choose images below ${(grid + 1) * REDUCTION} pixels.` },
    );
  return builder.adaptiveAvgPool(x, grid);
}

function tinyImageNet(accuracyPct: number): PublishedResult {
  return {
    dataset: 'Tiny ImageNet val',
    protocol: '64×64, whole image, trained from scratch with Adam',
    top1ErrorPct: fromAccuracy(accuracyPct),
    top5ErrorPct: null,
  };
}
