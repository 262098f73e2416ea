/**
 * Presets of published recipes, and of the one that takes a VGG past its published accuracy. Settings only: data and
 * weights are chosen beside them, and what they say is in presetTexts.ts.
 */
import type { z } from 'zod';
import { LAB_SCALING } from '../../../pure/cielab.ts';
import type { PresetRow, PresetSettings } from '../../../contract/api/runs/presets.ts';
import {
  BEST_TEXT,
  convolutionalLabText,
  FINE_TUNING_TEXT,
  imagenetCovarianceText,
  labText,
  placesCovarianceText,
  SHORT_TEXT,
  votingText,
} from './presetTexts.ts';

type Settings = z.input<typeof PresetSettings>;
export interface Preset extends Omit<PresetRow, 'settings' | 'fitsData'> {
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

const vggRuns: readonly Preset[] = (['vgg11', 'vgg13', 'vgg16', 'vgg16_c1', 'vgg19'] as const).map((name) => ({
  name: `tiny-imagenet-${name}`,
  ...votingText(name),
  settings: [{ ...TINY, model: { name } }],
}));

const covarianceRuns: readonly Preset[] = (['resnet50_3g', 'resnet101_3g'] as const).flatMap((name) => [
  {
    name: `imagenet-${name}`,
    ...imagenetCovarianceText(name),
    settings: [
      { ...COVARIANCE, epochs: 115, schedule: { kind: 'step' as const, everyEpochs: 30, gamma: 0.1 }, model: { name } },
    ],
  },
  {
    name: `places365-${name}`,
    ...placesCovarianceText(name),
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
    ['gray', 'grayscale images', GRAY_INPUT],
  ] as const
).flatMap(([tag, images, preprocessing]) => [
  {
    name: `imagenet-vgg16-${tag}`,
    ...labText(images),
    settings: [{ ...LAB, model: { name: 'vgg16_bn', options: { dropout: 0.5 } }, preprocessing }],
  },
  {
    name: `imagenet-vgg16-convolutional-${tag}`,
    ...convolutionalLabText(images),
    settings: [{ ...LAB, model: { name: 'vgg16_fc14', options: { dropout: 0.5 } }, preprocessing }],
  },
]);

export const PUBLISHED_PRESETS: readonly Preset[] = [
  {
    name: 'tiny-imagenet-best',
    ...BEST_TEXT,
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
    ...SHORT_TEXT,
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
    ...FINE_TUNING_TEXT,
    settings: [
      {
        model: { name: 'vgg16', options: { poolGrid: 1 } },
        preprocessing: { size: 32, color: 'rgb' },
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
