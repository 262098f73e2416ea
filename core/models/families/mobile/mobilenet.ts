/**
 * MobileNetV2 (Sandler et al. 2018, arXiv:1801.04381), MobileNetV3 (Howard et al. 2019, arXiv:1905.02244) and MNASNet
 * (Tan et al. 2018, arXiv:1807.11626).
 */
import type { PublishedInput, PublishedResult } from '../../../../contract/network.ts';
import { defineModel } from '../../defineModel.ts';
import type { Model } from '../../family.ts';
import { TIMM_SOURCE, timmInput, timmResult, TORCHVISION_INPUT, torchvisionResult } from '../../published.ts';
import { type BlockRow, mobileNetwork, type MobileDesign } from './mobileNetwork.ts';

const SQUEEZE = 0.25;

/** Inverted residuals: repeats, kernel, stride, expansion, channels. */
const inverted = (
  repeats: number,
  kernel: 3 | 5,
  stride: 1 | 2,
  expand: number,
  channels: number,
  more: Partial<BlockRow> = {},
): BlockRow => ({ kind: 'inverted', repeats, kernel, stride, expand, channels, ...more });
const first = (channels: number, more: Partial<BlockRow> = {}): BlockRow => ({
  kind: 'separable',
  repeats: 1,
  kernel: 3,
  stride: 1,
  channels,
  ...more,
});
const last = (channels: number): BlockRow => ({ kind: 'plain', repeats: 1, kernel: 1, stride: 1, channels });

const V2: MobileDesign = {
  stem: 32,
  stages: [
    [first(16)],
    [inverted(2, 3, 2, 6, 24)],
    [inverted(3, 3, 2, 6, 32)],
    [inverted(4, 3, 2, 6, 64)],
    [inverted(3, 3, 1, 6, 96)],
    [inverted(3, 3, 2, 6, 160)],
    [inverted(1, 3, 1, 6, 320)],
  ],
  head: 1280,
  activation: 'relu6',
  squeezeOf: 'incoming',
  dropout: 0.2,
};

const V3 = { stem: 16, activation: 'hardSwish', squeezeOf: 'between', headBehindMean: true, dropout: 0.2 } as const;
const RELU = { activation: 'relu' } as const;
const SE = { squeeze: SQUEEZE } as const;

const V3_LARGE: MobileDesign = {
  ...V3,
  stages: [
    [first(16, RELU)],
    [inverted(1, 3, 2, 4, 24, RELU), inverted(1, 3, 1, 3, 24, RELU)],
    [inverted(3, 5, 2, 3, 40, { ...SE, ...RELU })],
    [inverted(1, 3, 2, 6, 80), inverted(1, 3, 1, 2.5, 80), inverted(2, 3, 1, 2.3, 80)],
    [inverted(2, 3, 1, 6, 112, SE)],
    [inverted(3, 5, 2, 6, 160, SE)],
    [last(960)],
  ],
  head: 1280,
};
const V3_SMALL: MobileDesign = {
  ...V3,
  stages: [
    [first(16, { stride: 2, ...SE, ...RELU })],
    [inverted(1, 3, 2, 4.5, 24, RELU), inverted(1, 3, 1, 3.67, 24, RELU)],
    [inverted(1, 5, 2, 4, 40, SE), inverted(2, 5, 1, 6, 40, SE)],
    [inverted(2, 5, 1, 3, 48, SE)],
    [inverted(3, 5, 2, 6, 96, SE)],
    [last(576)],
  ],
  head: 1024,
};

const MNASNET: MobileDesign = {
  stem: 32,
  stages: [
    [first(16)],
    [inverted(3, 3, 2, 3, 24)],
    [inverted(3, 5, 2, 3, 40)],
    [inverted(3, 5, 2, 6, 80)],
    [inverted(2, 3, 1, 6, 96)],
    [inverted(4, 5, 2, 6, 192)],
    [inverted(1, 3, 1, 6, 320)],
  ],
  head: 1280,
  activation: 'relu',
  squeezeOf: 'incoming',
  fixedHead: true,
  // torchvision: a momentum of 0.0003 in its counting
  momentum: 0.9997,
  dropout: 0.2,
};

interface MobileVariant {
  readonly name: string;
  readonly title: string;
  readonly aliases: readonly string[];
  readonly family: 'mobilenet' | 'mnasnet';
  readonly paper: string;
  readonly design: MobileDesign;
  readonly input: PublishedInput;
  readonly published: readonly PublishedResult[];
}

const mnasnet = (
  name: string,
  title: string,
  aliases: readonly string[],
  width: number,
  published: readonly PublishedResult[],
): MobileVariant => ({
  name,
  title,
  aliases,
  family: 'mnasnet',
  paper: 'https://arxiv.org/abs/1807.11626',
  design: { ...MNASNET, width },
  input: TORCHVISION_INPUT,
  published,
});

const variants: readonly MobileVariant[] = [
  {
    name: 'mobilenetv2_100',
    title: 'MobileNetV2',
    aliases: ['mobilenet_v2', 'mobilenetv2'],
    family: 'mobilenet',
    paper: 'https://arxiv.org/abs/1801.04381',
    design: V2,
    input: timmInput(224, 0.875),
    published: [timmResult(224, 256, 27.09, 9), torchvisionResult(71.878, 90.286)],
  },
  {
    name: 'mobilenetv3_large_100',
    title: 'MobileNetV3-Large',
    aliases: ['mobilenet_v3_large', 'mobilenetv3large'],
    family: 'mobilenet',
    paper: 'https://arxiv.org/abs/1905.02244',
    design: V3_LARGE,
    input: timmInput(224, 0.875),
    published: [timmResult(224, 256, 24.216, 7.472), torchvisionResult(74.042, 91.34)],
  },
  {
    name: 'mobilenetv3_small_100',
    title: 'MobileNetV3-Small',
    aliases: ['mobilenet_v3_small', 'mobilenetv3small'],
    family: 'mobilenet',
    paper: 'https://arxiv.org/abs/1905.02244',
    design: V3_SMALL,
    input: timmInput(224, 0.875),
    published: [timmResult(224, 256, 32.364, 12.362), torchvisionResult(67.668, 87.402)],
  },
  mnasnet('mnasnet_050', 'MNASNet 0.5', ['mnasnet0_5'], 0.5, [torchvisionResult(67.734, 87.49)]),
  mnasnet('mnasnet_075', 'MNASNet 0.75', ['mnasnet0_75'], 0.75, [torchvisionResult(71.18, 90.496)]),
  mnasnet('mnasnet_100', 'MNASNet 1.0', ['mnasnet1_0'], 1, [
    torchvisionResult(73.456, 91.51),
    timmResult(224, 256, 25.328, 7.892),
  ]),
  mnasnet('mnasnet1_3', 'MNASNet 1.3', [], 1.3, [torchvisionResult(76.506, 93.522)]),
];

export const mobilenetModels: readonly Model[] = variants.map(({ design, input, ...card }) =>
  defineModel({
    ...card,
    source: TIMM_SOURCE,
    license: 'Apache-2.0 (timm)',
    notes: `Dropout ${design.dropout} before the classifier unless set.`,
    preprocessing: input,
    nativeSize: 224,
    minSize: 32,
    minSizeSmallInput: 8,
    supports: ['widthFactor', 'depthFactor', 'smallInput', 'dropout', 'dropPath'],
    network: (builder, image, shape) => mobileNetwork(builder, image, shape, design),
  }),
);
