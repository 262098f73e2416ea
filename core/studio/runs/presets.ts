/** The presets of the form. */
import { type PresetRow, PresetSettings } from '../../../contract/api/runs/presets.ts';
import { StudioError } from '../../../contract/errors.ts';
import type { z } from 'zod';
import { fitToImages } from '../../../pure/fitToImages.ts';
import { PUBLISHED_PRESETS } from './publishedPresets.ts';

type Settings = z.input<typeof PresetSettings>;

const FIVE_VGGS = ['vgg11', 'vgg13', 'vgg16', 'vgg16_c1', 'vgg19'] as const;
const FIVE_WITH_NORMS = ['vgg11_bn', 'vgg13_bn', 'vgg16_bn', 'vgg16_c1_bn', 'vgg19_bn'] as const;
/** A quarter of the filters, for pictures of 28 to 64 pixels on a laptop. */
const NARROW = { widthFactor: 0.25, headWidth: 128 } as const;

const PUBLISHED: Omit<Settings, 'model'> = {
  batchSize: 64,
  epochs: 50,
  lr: 1e-4,
  optimizer: { kind: 'adam' },
  earlyStopping: { patience: 5 },
};
const QUICK: Omit<Settings, 'model'> = {
  batchSize: 32,
  epochs: 10,
  lr: 1e-3,
  schedule: { kind: 'cosine' },
  augmentation: { flip: true },
};
/**
 * A whole ensemble in a minute on two cores: BatchNorm and no hidden layers let the deep networks learn within a few
 * epochs. The rate stays high, so that each network ends at a point of its own: their errors differ, and the vote is
 * above the best of them. Along a cosine all end alike, and the shallow ones beat the vote (docs/accuracy.md).
 */
const IN_A_MINUTE: Omit<Settings, 'model'> = {
  ...QUICK,
  batchSize: 64,
  epochs: 5,
  lr: 3e-3,
  schedule: { kind: 'constant' },
};
const SGD: Omit<Settings, 'model'> = {
  batchSize: 128,
  epochs: 90,
  lr: 0.1,
  optimizer: { kind: 'sgd', momentum: 0.9, nesterov: true },
  schedule: { kind: 'cosine' },
  weightDecay: 5e-4,
  warmUp: { epochs: 3 },
  augmentation: { flip: true, cropPadding: 4 },
};

function preset(
  { fitsData = false, ...row }: Omit<PresetRow, 'settings' | 'fitsData'> & { readonly fitsData?: boolean },
  settings: readonly Settings[],
): PresetRow {
  return { ...row, fitsData, settings: settings.map((one) => PresetSettings.parse(one)) };
}

/** The first one is chosen where nobody has chosen yet: it leads to an ensemble. */
export const PRESETS: readonly PresetRow[] = [
  preset(
    {
      name: 'quickFive',
      title: 'Five narrow VGGs',
      description:
        'Five VGGs with BatchNorm, a quarter as wide and without hidden layers: a whole ensemble on the sample images ' +
        'in about a minute.',
      source: '',
      fitsData: true,
    },
    FIVE_WITH_NORMS.map((name) => ({ ...IN_A_MINUTE, model: { name, options: { widthFactor: 0.25, headWidth: 0 } } })),
  ),
  preset(
    {
      name: 'quick',
      title: 'Quick look',
      description: 'A narrow VGG-11, ten epochs: minutes on a laptop, enough to see whether the data can be learned.',
      source: '',
      fitsData: true,
    },
    [{ ...QUICK, model: { name: 'vgg11', options: NARROW } }],
  ),
  preset(
    {
      name: 'publishedVgg11',
      title: 'VGG-11, published setting',
      description: 'Adam, learning rate 1e-4, batch 64, 50 epochs, early stopping after 5 without gain.',
      source: 'Simonyan and Zisserman 2015 (network)',
    },
    [{ ...PUBLISHED, model: { name: 'vgg11' } }],
  ),
  preset(
    {
      name: 'publishedFive',
      title: 'All five VGGs, published setting',
      description: 'VGG-11, 13, 16, 16 with 1×1 convolutions and 19, ready to vote.',
      source: 'Simonyan and Zisserman 2015 (networks)',
    },
    FIVE_VGGS.map((name) => ({ ...PUBLISHED, model: { name } })),
  ),
  preset(
    {
      name: 'sgdCosine',
      title: 'ResNet-18, SGD with cosine',
      description:
        'Nesterov momentum 0.9, learning rate 0.1 along a cosine after 3 warm-up epochs, weight ' +
        'decay 5e-4, flips and crops.',
      source: 'He et al. 2016; Loshchilov and Hutter 2017',
    },
    [{ ...SGD, model: { name: 'resnet18', options: { smallInput: true } } }],
  ),
  ...PUBLISHED_PRESETS.map(({ settings, ...row }) => preset(row, settings)),
];

/** Its settings for that many training images. */
export function settingsFor({ settings, fitsData }: PresetRow, images: number): PresetSettings[] {
  return fitsData ? settings.map((one) => fitToImages(one, images)) : settings;
}

/** @throws {StudioError} `input.invalid` naming all presets */
export function findPreset(name: string): PresetRow {
  const found = PRESETS.find((row) => row.name === name);
  if (!found)
    throw new StudioError('input.invalid', `There is no preset "${name}".`, {
      remedy: `There are: ${PRESETS.map((row) => row.name).join(', ')}.`,
    });
  return found;
}
