/**
 * VGG-16 without pooling: stride-2 convolutions, every convolution spectrally normalised (Miyato et al. 2018,
 * arXiv:1802.05957), for RGB, CIE Lab or gray.
 */
import type { PublishedResult } from '../../../../contract/network.ts';
import type { Builder, Value } from '../../builder.ts';
import { defineModel } from '../../defineModel.ts';
import type { Model, NetworkShape } from '../../family.ts';
import { fromAccuracy } from '../../published.ts';
import { scaledWidth } from '../widths.ts';

interface FullyConvolutionalVariant {
  readonly name: string;
  readonly title: string;
  readonly aliases: readonly string[];
  /** The fifth halving: a 14th convolution after block 5, or block 5's own third one. */
  readonly last: 'conv5_4' | 'conv5_3';
  readonly notes: string;
  readonly published: readonly PublishedResult[];
}

const BLOCKS = [
  { filters: 64, convs: 2 },
  { filters: 128, convs: 2 },
  { filters: 256, convs: 3 },
  { filters: 512, convs: 3 },
  { filters: 512, convs: 3 },
] as const;
const SLOPE = 0.2;
const DROPOUT = 0.5;
/** Of BatchNorm, as the published training starts. */
const GAMMA = { kind: 'normal', mean: 1, std: 0.02 } as const;
/** Side of the head's first kernel; smaller maps take a kernel of their own size. */
const HEAD_KERNEL = 7;

const variants: readonly FullyConvolutionalVariant[] = [
  {
    name: 'vgg16_fc',
    title: 'VGG-16 fully convolutional',
    aliases: ['vgg16-fc'],
    last: 'conv5_3',
    published: [],
    notes: '13 convolutions as VGG-16: stride 2 in the first of blocks 2 to 5 and in the last of block 5.',
  },
  {
    name: 'vgg16_fc14',
    title: 'VGG-16 fully convolutional, 14 convolutions',
    aliases: ['vgg16-fc-bn', 'vgg16_fc_bn'],
    last: 'conv5_4',
    notes: 'Stride 2 in the first convolution of blocks 2 to 5 and in a 14th one.',
    published: [
      lab('CIE Lab, epoch 30', 35.7, 63.22),
      lab('CIE Lab, epoch 60', 59.21, 83.16),
      lab('CIE Lab, epoch 90', 65.15, 86.72),
      lab('CIE Lab, epoch 120', 65.13, 86.8),
      lab('CIE Lab, epoch 125', 65.16, 86.81),
      lab('gray, epoch 90', 57.96, 81.8),
      lab('gray, epoch 120', 57.46, 81.31),
    ],
  },
];

export const vggConvolutionalModels: readonly Model[] = variants.map(({ last, notes, ...card }) =>
  defineModel({
    ...card,
    family: 'vgg',
    paper: 'https://arxiv.org/abs/1802.05957',
    source: 'https://github.com/zhaoyuzhi/PyTorch-Special-Pre-trained-Models',
    license: 'weights without a stated licence; built from the description',
    notes:
      `${notes} Leaky ReLU ${SLOPE}, BatchNorm after all but the first and the last convolution, ` +
      'the dense layers as convolutions whose outputs are averaged over the map. ' +
      `Dropout ${DROPOUT} unless set.`,
    preprocessing: null,
    nativeSize: 224,
    minSize: 32,
    minSizeSmallInput: null,
    supports: ['headWidth', 'dropout', 'widthFactor'],
    network: (builder, input, shape) => fullyConvolutional(builder, input, shape, last),
  }),
);

/**
 * Layers `conv1_1` … and `bn1_2` … as VGG-16, then `fc6`, `fc7`, `fc8` as convolutions. At 224 pixels they are the
 * dense layers of the same weights.
 */
function fullyConvolutional<V extends Value>(
  builder: Builder<V>,
  input: V,
  { options, classes }: NetworkShape,
  last: FullyConvolutionalVariant['last'],
): V {
  let x = input;
  BLOCKS.forEach(({ filters, convs }, block) => {
    const extra = last === 'conv5_4' && block === 4 ? 1 : 0;
    for (let index = 1; index <= convs + extra; index++) {
      const place = `${block + 1}_${index}`;
      const isLast = `conv${place}` === last;
      const stride = isLast || (block > 0 && index === 1) ? 2 : 1;
      x = builder.conv(x, `conv${place}`, {
        filters: scaledWidth(filters, options),
        kernel: 3,
        stride,
        padding: 1,
        spectralNorm: true,
      });
      if (place !== '1_1' && !isLast) x = builder.batchNorm(x, `bn${place}`, { gammaInit: GAMMA });
      x = builder.leakyRelu(x, SLOPE);
    }
  });
  const headWidth = options.headWidth ?? 4096;
  const dropout = options.dropout ?? DROPOUT;
  if (headWidth > 0)
    for (const name of ['fc6', 'fc7']) {
      const kernel = name === 'fc6' ? Math.min(HEAD_KERNEL, x.shape[0] ?? 1) : 1;
      x = builder.relu(builder.conv(x, name, { filters: headWidth, kernel, init: { kind: 'normal', std: 0.01 } }));
      if (dropout > 0) x = builder.dropout(x, `drop${name.slice(2)}`, dropout);
    }
  return builder.globalAvgPool(
    builder.conv(x, 'fc8', { filters: classes, kernel: 1, init: { kind: 'normal', std: 0.01 } }),
  );
}

function lab(input: string, top1: number, top5: number): PublishedResult {
  return {
    dataset: 'ImageNet-1k val',
    protocol: `${input}, 224×224`,
    top1ErrorPct: fromAccuracy(top1),
    top5ErrorPct: fromAccuracy(top5),
  };
}
