/** ShuffleNet V2 (Ma et al. 2018, arXiv:1807.11164): half of the channels pass by, then both halves are interleaved. */
import type { Builder, Value } from '../../builder.ts';
import { defineModel } from '../../defineModel.ts';
import type { Model, NetworkShape } from '../../family.ts';
import { TORCHVISION_INPUT, TORCHVISION_SOURCE, torchvisionResult } from '../../published.ts';
import { convBlock } from '../convBlock.ts';
import { scaledDepth, scaledWidth } from '../widths.ts';

interface ShuffleVariant {
  readonly width: string;
  /** Channels of the three stages and of the last convolution. */
  readonly channels: readonly [number, number, number, number];
  readonly accuracy: readonly [top1: number, top5: number];
}

const STEM = 24;
const REPEATS = [4, 8, 4] as const;

const variants: readonly ShuffleVariant[] = [
  { width: '0.5', channels: [48, 96, 192, 1024], accuracy: [60.552, 81.746] },
  { width: '1.0', channels: [116, 232, 464, 1024], accuracy: [69.362, 88.316] },
  { width: '1.5', channels: [176, 352, 704, 1024], accuracy: [72.996, 91.086] },
  { width: '2.0', channels: [244, 488, 976, 2048], accuracy: [76.23, 93.006] },
];

export const shufflenetModels: readonly Model[] = variants.map(({ width, channels, accuracy }) =>
  defineModel({
    name: `shufflenet_v2_x${width.replace('.', '_')}`,
    title: `ShuffleNet V2 ×${width}`,
    aliases: [`shufflenetv2-${width}x`],
    family: 'shufflenet',
    paper: 'https://arxiv.org/abs/1807.11164',
    source: TORCHVISION_SOURCE,
    license: 'BSD-3-Clause (torchvision)',
    notes: '',
    preprocessing: TORCHVISION_INPUT,
    published: [torchvisionResult(...accuracy)],
    nativeSize: 224,
    minSize: 32,
    minSizeSmallInput: 8,
    supports: ['widthFactor', 'depthFactor', 'smallInput', 'dropout'],
    network: (builder, input, shape) => shufflenet(builder, input, shape, channels),
  }),
);

/** Layers `conv1.0`, `stage2.0.branch1.0` …, `conv5.0`, `fc`, BatchNorms numbered as torchvision numbers them. */
function shufflenet<V extends Value>(
  builder: Builder<V>,
  input: V,
  { options, classes }: NetworkShape,
  [first, second, third, last]: ShuffleVariant['channels'],
): V {
  const { smallInput = false, dropout = 0 } = options;
  const stem = { filters: scaledWidth(STEM, options), kernel: 3, bnName: 'conv1.1' };
  let x = convBlock(builder, input, 'conv1.0', { ...stem, stride: smallInput ? 1 : 2 });
  if (!smallInput) x = builder.maxPool(x, { kernel: 3, stride: 2, padding: 1 });
  [first, second, third].forEach((channels, stage) => {
    const filters = scaledWidth(channels, options);
    for (let block = 0; block < scaledDepth(REPEATS[stage]!, options); block++)
      x = shuffleBlock(builder, x, `stage${stage + 2}.${block}`, filters, block === 0);
  });
  x = convBlock(builder, x, 'conv5.0', { filters: scaledWidth(last, options), kernel: 1, bnName: 'conv5.1' });
  x = builder.globalAvgPool(x);
  if (dropout > 0) x = builder.dropout(x, 'dropout', dropout);
  return builder.dense(x, 'fc', { units: classes, init: { kind: 'glorot' } });
}

/** The first block of a stage halves the map and works on all channels in both branches. */
function shuffleBlock<V extends Value>(builder: Builder<V>, x: V, name: string, channels: number, halves: boolean): V {
  const half = channels / 2;
  const pointwise = (from: V, branch: string, place: number): V =>
    convBlock(builder, from, `${name}.${branch}.${place}`, {
      filters: half,
      kernel: 1,
      bnName: `${name}.${branch}.${place + 1}`,
    });
  const depthwise = (from: V, branch: string, place: number): V =>
    convBlock(builder, from, `${name}.${branch}.${place}`, {
      filters: from.shape.at(-1)!,
      kernel: 3,
      stride: halves ? 2 : 1,
      groups: from.shape.at(-1)!,
      activation: null,
      bnName: `${name}.${branch}.${place + 1}`,
    });
  const [passing, working] = halves
    ? [x, x]
    : [builder.sliceChannels(x, 0, half), builder.sliceChannels(x, half, channels)];
  const first = halves ? pointwise(depthwise(passing, 'branch1', 0), 'branch1', 2) : passing;
  const second = pointwise(depthwise(pointwise(working, 'branch2', 0), 'branch2', 3), 'branch2', 5);
  return builder.shuffleChannels(builder.concat([first, second]), 2);
}
