/** Presets of published recipes, and of the one that takes a VGG past its published accuracy. Settings only: data, weights and pictures are chosen beside them. */
import type { z } from 'zod';
import { LAB_SCALING } from '../../../pure/cielab.ts';
import type { PresetRow, PresetSettings } from '../../../contract/api/presets.ts';

type Settings = z.input<typeof PresetSettings>;
export interface Preset extends Omit<PresetRow, 'settings'> {
  readonly settings: readonly Settings[];
}

const SGD = { kind: 'sgd', momentum: 0.9 } as const;
const TINY: Omit<Settings, 'model'> = {
  batchSize: 64,
  epochs: 50,
  lr: 1e-4,
  optimizer: { kind: 'adam' },
  earlyStopping: { patience: 5 },
  preprocessing: { size: 64 },
};
const LAB: Omit<Settings, 'model'> = {
  batchSize: 32,
  epochs: 120,
  lr: 0.01,
  optimizer: SGD,
  weightDecay: 5e-4,
  decayAll: true,
  schedule: { kind: 'step', everyEpochs: 30, gamma: 0.1 },
  keepEpochs: [30, 60, 90, 120],
};
/** Whole pictures squashed to 224, no augmentation: L / 50 − 1, a / 110, b / 110, or gray from −1 to 1. */
const LAB_INPUT: Settings['preprocessing'] = {
  size: 224,
  fit: 'squash',
  color: 'lab',
  scale: LAB_SCALING.scale,
  mean: [...LAB_SCALING.mean],
  std: [...LAB_SCALING.std],
};
const GRAY_INPUT: Settings['preprocessing'] = { size: 224, fit: 'squash', color: 'gray', mean: [0.5], std: [0.5] };
const LAB_RECIPE =
  'SGD 0.01 with momentum 0.9, weight decay 5e-4, batch 32, a tenth every 30 epochs; pictures squashed to 224, no augmentation; epochs 30, 60, 90 and 120 are kept.';
const COVARIANCE: Omit<Settings, 'model'> = {
  batchSize: 256,
  lr: 0.1,
  optimizer: SGD,
  weightDecay: 1e-4,
  decayAll: true,
  augmentation: { flip: true, resizedCrop: {} },
  preprocessing: { size: 224 },
};
/** What the long and the short run on Tiny ImageNet share; docs/accuracy.md has its steps one by one. */
const BEST: Settings = {
  model: { name: 'vgg16_bn', options: { poolGrid: 2, headWidth: 0 } },
  optimizer: { ...SGD, nesterov: true },
  weightDecay: 5e-4,
  schedule: { kind: 'cosine' },
  labelSmoothing: 0.1,
  averaging: { decay: 0.9995 },
  precision: 'bf16',
  preprocessing: { size: 64 },
};
const VGG_PAPER = 'Simonyan and Zisserman 2015 (network)';

const vggRuns: readonly Preset[] = (['vgg11', 'vgg13', 'vgg16', 'vgg16_c1', 'vgg19'] as const).map((name) => ({
  name: `tiny-imagenet-${name}`,
  title: `${name} on Tiny ImageNet, published run`,
  description:
    'No dropout, adaptive max pooling, Adam at 1e-4, batch 64, up to 50 epochs, stopped after 5 without a lower validation loss.',
  source: VGG_PAPER,
  settings: [{ ...TINY, model: { name } }],
}));

const covarianceRuns: readonly Preset[] = (['resnet50_3g', 'resnet101_3g'] as const).flatMap((name) => [
  {
    name: `imagenet-${name}`,
    title: `${name} on ImageNet, published run`,
    description: 'SGD 0.1 with momentum 0.9, weight decay 1e-4, batch 256, 115 epochs, a tenth every 30.',
    source: 'Wang et al. 2019 (3G-Net)',
    settings: [
      { ...COVARIANCE, epochs: 115, schedule: { kind: 'step' as const, everyEpochs: 30, gamma: 0.1 }, model: { name } },
    ],
  },
  {
    name: `places365-${name}`,
    title: `${name} on Places365, published run`,
    description:
      'SGD 0.1 with momentum 0.9, weight decay 1e-4, batch 256, 55 epochs, a tenth after epochs 31, 41, 46 and 51.',
    source: 'Wang et al. 2019 (3G-Net)',
    settings: [
      {
        ...COVARIANCE,
        epochs: 55,
        schedule: { kind: 'milestones' as const, epochs: [31, 41, 46, 51], gamma: 0.1 },
        model: { name },
      },
    ],
  },
]);

const labRuns: readonly Preset[] = (
  [
    ['lab', 'CIE Lab', LAB_INPUT],
    ['gray', 'gray pictures', GRAY_INPUT],
  ] as const
).flatMap(([tag, pictures, preprocessing]) => [
  {
    name: `imagenet-vgg16-${tag}`,
    title: `VGG-16 with BatchNorm for ${pictures}, 120 epochs`,
    description: LAB_RECIPE,
    source: VGG_PAPER,
    settings: [{ ...LAB, model: { name: 'vgg16_bn', options: { dropout: 0.5 } }, preprocessing }],
  },
  {
    name: `imagenet-vgg16-convolutional-${tag}`,
    title: `Fully convolutional VGG-16 for ${pictures}, 120 epochs`,
    description: `Strides for pooling, every convolution spectrally normalised. ${LAB_RECIPE}`,
    source: 'Miyato et al. 2018 (spectral norm)',
    settings: [{ ...LAB, model: { name: 'vgg16_fc14', options: { dropout: 0.5 } }, preprocessing }],
  },
]);

export const PUBLISHED_PRESETS: readonly Preset[] = [
  {
    name: 'tiny-imagenet-best',
    title: 'VGG-16 with BatchNorm for Tiny ImageNet, 200 epochs',
    description:
      'Made to pass 60 %: no hidden layers after pooling to 2 × 2, SGD with Nesterov momentum along a cosine from 0.1 after five warm-up epochs, weight decay 5e-4 off biases and BatchNorm, flips, padded crops, TrivialAugment, erasing, CutMix and mixup, smoothed labels, averaged weights. For long runs: short ones learn less by it than without the last four kinds of augmentation.',
    source: 'Loshchilov and Hutter 2017; Müller and Hutter 2021; Yun et al. 2019; Goyal et al. 2017 (warm-up)',
    settings: [
      {
        ...BEST,
        batchSize: 256,
        epochs: 200,
        lr: 0.1,
        warmUp: { epochs: 5, startFactor: 0.01 },
        augmentation: {
          flip: true,
          cropPadding: 4,
          trivialAugment: true,
          erasing: { probability: 0.25 },
          mixup: 0.2,
          cutmix: 1,
        },
      },
    ],
  },
  {
    name: 'tiny-imagenet-short',
    title: 'VGG-16 with BatchNorm for Tiny ImageNet, short run',
    description:
      'The recipe of 200 epochs for few of them: the same network, update rule, smoothed labels and averaged weights, but only flips and padded crops; batches of 64 with a quarter of the rate, one warm-up epoch.',
    source: 'Loshchilov and Hutter 2017; Goyal et al. 2017 (rate in proportion to the batch)',
    settings: [
      {
        ...BEST,
        batchSize: 64,
        epochs: 30,
        lr: 0.025,
        warmUp: { epochs: 1, startFactor: 0.01 },
        augmentation: { flip: true, cropPadding: 4 },
      },
    ],
  },
  ...vggRuns,
  {
    name: 'cifar10-fine-tune',
    title: 'VGG-16 fine-tuned on CIFAR-10, published run',
    description:
      "From weights such as vgg16.npy (choose them under “Start from”, or --init) with its convolutions alone: at 32 × 32 they leave one place of 512 channels, and all dense layers start anew. Everything trains. Pictures are standardised by the data set's mean and deviation, not as the weights want them: so did the published run, each picture by itself (and it had a ReLU behind the last layer). SGD at 0.01 falling by 5 % an epoch, 15,000 steps: 12 epochs in batches of 32 of the 40,000 pictures that an import leaves for training.",
    source: VGG_PAPER,
    settings: [
      {
        model: { name: 'vgg16', options: { poolGrid: 1 } },
        preprocessing: { size: 32, color: 'rgb', channelOrder: 'rgb' },
        fineTuning: { newHead: true, loads: 'conv*' },
        batchSize: 32,
        epochs: 12,
        lr: 0.01,
        optimizer: { kind: 'sgd', momentum: 0 },
        schedule: { kind: 'exponential', gamma: 0.95 },
      },
    ],
  },
  ...labRuns,
  ...covarianceRuns,
];
