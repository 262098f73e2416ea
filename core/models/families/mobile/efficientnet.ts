/**
 * EfficientNet (Tan and Le 2019, arXiv:1905.11946), its Lite variants without squeeze-and-excitation, and
 * EfficientNetV2 (Tan and Le 2021, arXiv:2104.00298).
 */
import type { PublishedInput, PublishedResult } from '../../../../contract/network.ts';
import { defineModel } from '../../defineModel.ts';
import type { Model } from '../../family.ts';
import { TIMM_SOURCE, timmInput, timmResult } from '../../published.ts';
import { type BlockRow, mobileNetwork, type MobileDesign } from './mobileNetwork.ts';

const SQUEEZE = 0.25;

/** The seven stages; the Lite variants leave the squeeze out. */
function stages(squeeze: number | undefined): readonly (readonly BlockRow[])[] {
  const row = (repeats: number, kernel: 3 | 5, stride: 1 | 2, channels: number): readonly BlockRow[] => [
    { kind: 'inverted', repeats, kernel, stride, channels, expand: 6, ...(squeeze !== undefined && { squeeze }) },
  ];
  return [
    [{ kind: 'separable', repeats: 1, kernel: 3, stride: 1, channels: 16, ...(squeeze !== undefined && { squeeze }) }],
    row(2, 3, 2, 24),
    row(2, 5, 2, 40),
    row(3, 3, 2, 80),
    row(3, 5, 1, 112),
    row(4, 5, 2, 192),
    row(1, 3, 1, 320),
  ];
}

const B: MobileDesign = {
  stem: 32,
  stages: stages(SQUEEZE),
  head: 1280,
  activation: 'silu',
  squeezeOf: 'incoming',
};
const LITE: MobileDesign = { ...B, stages: stages(undefined), activation: 'relu6', fixedEnds: true };
/** As TensorFlow computes it. */
const TENSORFLOW = { padding: 'tensorflow', epsilon: 1e-3 } as const;

const fused = (repeats: number, stride: 1 | 2, channels: number): readonly BlockRow[] => [
  { kind: 'fused', repeats, kernel: 3, stride, channels, expand: 4 },
];
const inverted = (repeats: number, stride: 1 | 2, channels: number, expand: number = 6): readonly BlockRow[] => [
  { kind: 'inverted', repeats, kernel: 3, stride, channels, expand, squeeze: SQUEEZE },
];
const plain = (repeats: number): readonly BlockRow[] => [
  { kind: 'plain', repeats, kernel: 3, stride: 1, channels: 24, skip: true },
];

const V2 = { stem: 24, head: 1280, activation: 'silu', squeezeOf: 'incoming', ...TENSORFLOW } as const;
const V2_S: MobileDesign = {
  ...V2,
  stages: [
    plain(2),
    fused(4, 2, 48),
    fused(4, 2, 64),
    inverted(6, 2, 128, 4),
    inverted(9, 1, 160),
    inverted(15, 2, 256),
  ],
};
const V2_M: MobileDesign = {
  ...V2,
  stages: [
    plain(3),
    fused(5, 2, 48),
    fused(5, 2, 80),
    inverted(7, 2, 160, 4),
    inverted(14, 1, 176),
    inverted(18, 2, 304),
    inverted(5, 1, 512),
  ],
};

/** width, depth, dropout of the paper's table and the TensorFlow code. */
const SCALES = [
  { width: 1, depth: 1, dropout: 0.2 },
  { width: 1, depth: 1.1, dropout: 0.2 },
  { width: 1.1, depth: 1.2, dropout: 0.3 },
  { width: 1.2, depth: 1.4, dropout: 0.3 },
  { width: 1.4, depth: 1.8, dropout: 0.4 },
] as const;

interface EfficientNetVariant {
  readonly name: string;
  readonly title: string;
  readonly aliases: readonly string[];
  readonly family: 'efficientnet' | 'efficientnet-lite' | 'efficientnetv2';
  readonly design: MobileDesign;
  readonly input: PublishedInput;
  readonly published: readonly PublishedResult[];
  readonly notes?: string;
}

const HALF = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } as const;
const LITE_STD = 128 / 255;
const LITE_INPUT = {
  mean: [127 / 255, 127 / 255, 127 / 255],
  std: [LITE_STD, LITE_STD, LITE_STD],
} as const;
const PADDED = 'Convolutions padded as TensorFlow pads (SAME), BatchNorm epsilon 0.001.';

/**
 * Size, short side and figures of a variant, by its number: timm's measurement of its own weights, and of TensorFlow's.
 */
interface Row {
  readonly crop: number;
  readonly share: number;
  readonly errors: readonly [top1: number, top5: number] | null;
}

const TIMM_ROWS: readonly Row[] = [
  { crop: 224, share: 0.875, errors: [22.302, 6.462] },
  { crop: 256, share: 1, errors: [21.194, 5.654] },
  { crop: 288, share: 1, errors: [19.388, 4.68] },
  { crop: 320, share: 1, errors: [17.704, 3.876] },
  { crop: 384, share: 1, errors: [16.532, 3.426] },
];
const TF_ROWS: readonly Row[] = [
  { crop: 224, share: 0.875, errors: [23.458, 6.992] },
  { crop: 240, share: 0.882, errors: [21.454, 5.904] },
  { crop: 260, share: 0.89, errors: [20.388, 5.286] },
  { crop: 300, share: 0.904, errors: [19.122, 4.692] },
  { crop: 380, share: 0.922, errors: [17.402, 3.868] },
];
const LITE_ROWS: readonly Row[] = [
  { crop: 224, share: 0.875, errors: [25.154, 7.82] },
  { crop: 240, share: 0.882, errors: [23.326, 6.768] },
  { crop: 260, share: 0.89, errors: [22.53, 6.244] },
  { crop: 300, share: 0.904, errors: [20.192, 5.092] },
  { crop: 380, share: 0.92, errors: [18.46, 4.332] },
];

const figures = ({ crop, share, errors }: Row): readonly PublishedResult[] =>
  errors ? [timmResult(crop, Math.floor(crop / share), ...errors)] : [];

const variants: readonly EfficientNetVariant[] = [
  ...TIMM_ROWS.map((row, n): EfficientNetVariant => ({
    name: `efficientnet_b${n}`,
    title: `EfficientNet-B${n}`,
    aliases: [`efficientnet-b${n}`],
    family: 'efficientnet',
    design: { ...B, ...SCALES[n] },
    input: timmInput(row.crop, row.share),
    published: figures(row),
  })),
  ...TF_ROWS.map((row, n): EfficientNetVariant => ({
    name: `tf_efficientnet_b${n}`,
    title: `EfficientNet-B${n} as published`,
    aliases: [`efficientnetb${n}`],
    family: 'efficientnet',
    design: { ...B, ...SCALES[n], ...TENSORFLOW },
    input: timmInput(row.crop, row.share),
    published: figures(row),
    notes: PADDED,
  })),
  ...LITE_ROWS.map(({ crop, share }, n): EfficientNetVariant => ({
    name: `efficientnet_lite${n}`,
    title: `EfficientNet-Lite${n} (timm)`,
    aliases: [],
    family: 'efficientnet-lite',
    design: { ...LITE, ...SCALES[n] },
    input: timmInput(crop, share),
    published: n === 0 ? [timmResult(224, 256, 24.512, 7.492)] : [],
  })),
  ...LITE_ROWS.map((row, n): EfficientNetVariant => ({
    name: `tf_efficientnet_lite${n}`,
    title: `EfficientNet-Lite${n} as published`,
    aliases: [`efficientnet-lite${n}`],
    family: 'efficientnet-lite',
    design: { ...LITE, ...SCALES[n], ...TENSORFLOW },
    // The larger two are measured with linear interpolation.
    input: timmInput(row.crop, row.share, { ...LITE_INPUT, interpolation: n < 3 ? 'cubic' : 'linear' }),
    published: figures(row),
    notes: PADDED,
  })),
  {
    name: 'tf_efficientnetv2_s',
    title: 'EfficientNetV2-S',
    aliases: ['efficientnetv2-s'],
    family: 'efficientnetv2',
    design: { ...V2_S, dropout: 0.2 },
    input: timmInput(384, 1, HALF),
    published: [timmResult(384, 384, 16.1, 3.298), timmResult(300, 300, 16.838, 3.666)],
    notes: PADDED,
  },
  {
    name: 'tf_efficientnetv2_m',
    title: 'EfficientNetV2-M',
    aliases: ['efficientnetv2-m'],
    family: 'efficientnetv2',
    design: { ...V2_M, dropout: 0.3 },
    input: timmInput(480, 1, HALF),
    published: [timmResult(480, 480, 14.792, 2.642), timmResult(384, 384, 15.446, 2.942)],
    notes: PADDED,
  },
];

export const efficientnetModels: readonly Model[] = variants.map(({ design, input, notes, ...card }) =>
  defineModel({
    ...card,
    paper: card.family === 'efficientnetv2' ? 'https://arxiv.org/abs/2104.00298' : 'https://arxiv.org/abs/1905.11946',
    source: TIMM_SOURCE,
    license: 'Apache-2.0 (timm)',
    notes: [notes, `Dropout ${design.dropout} before the classifier unless set.`].filter(Boolean).join(' '),
    preprocessing: input,
    nativeSize: input.size,
    minSize: 32,
    minSizeSmallInput: 8,
    supports: ['widthFactor', 'depthFactor', 'smallInput', 'dropout', 'dropPath'],
    network: (builder, image, shape) => mobileNetwork(builder, image, shape, design),
  }),
);
