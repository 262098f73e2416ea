/** What the presets of published recipes say of themselves. */
import type { PresetRow } from '../../../contract/api/runs/presets.ts';

export type PresetText = Pick<PresetRow, 'title' | 'description' | 'source'>;

const VGG_PAPER = 'Simonyan and Zisserman 2015 (network)';
const COVARIANCE_PAPER = 'Wang et al. 2019 (3G-Net)';

export const BEST_TEXT: PresetText = {
  title: 'VGG-16 with BatchNorm for Tiny ImageNet, 200 epochs',
  description:
    'Made to pass 60 %: no hidden layers after pooling to 2 × 2, SGD with Nesterov momentum along a cosine from 0.1 ' +
    'after five warm-up epochs, weight decay 5e-4 except on biases and BatchNorm, flips, ' +
    'padded crops, TrivialAugment, ' +
    'erasing, CutMix and mixup, label smoothing, averaged weights. For long runs: short ones learn less by it than ' +
    'without the last four kinds of augmentation.',
  source: 'Loshchilov and Hutter 2017; Müller and Hutter 2021; Yun et al. 2019; Goyal et al. 2017 (warm-up)',
};

export const SHORT_TEXT: PresetText = {
  title: 'VGG-16 with BatchNorm for Tiny ImageNet, short run',
  description:
    'The recipe of 200 epochs for few of them: the same network, update rule, label smoothing and averaged weights, ' +
    'but only flips and padded crops; batches of 64 with a quarter of the rate, one warm-up epoch.',
  source: 'Loshchilov and Hutter 2017; Goyal et al. 2017 (rate in proportion to the batch)',
};

export const FINE_TUNING_TEXT: PresetText = {
  title: 'VGG-16 fine-tuned on CIFAR-10, published run',
  description:
    'From weights such as vgg16.npy (choose them under “Start from weights”, or --init) with its convolutions alone: ' +
    'at 32 × 32 they leave one cell of 512 channels, and all dense layers start anew. Every layer trains. Images are ' +
    "standardised by the data set's mean and deviation, not as the weights need them, as in the published run (which " +
    'did so image by image, and had a ReLU behind the last layer). SGD at 0.01 falling by 5 ' +
    '% per epoch, 15,000 steps: ' +
    '12 epochs in batches of 32 of the 40,000 images that an import leaves for training.',
  source: VGG_PAPER,
};

export function votingText(network: string): PresetText {
  return {
    title: `${network} on Tiny ImageNet, published run`,
    description:
      'No dropout, adaptive max pooling, Adam at 1e-4, batch 64, up to 50 epochs, stopped after 5 without a lower ' +
      'validation loss.',
    source: VGG_PAPER,
  };
}

export function imagenetCovarianceText(network: string): PresetText {
  return {
    title: `${network} on ImageNet, published run`,
    description: 'SGD 0.1 with momentum 0.9, weight decay 1e-4, batch 256, 115 epochs, a tenth every 30.',
    source: COVARIANCE_PAPER,
  };
}

export function placesCovarianceText(network: string): PresetText {
  return {
    title: `${network} on Places365, published run`,
    description:
      'SGD 0.1 with momentum 0.9, weight decay 1e-4, batch 256, 55 epochs, a tenth after epochs 31, 41, 46 and 51.',
    source: COVARIANCE_PAPER,
  };
}

const LAB_RECIPE =
  'SGD 0.01 with momentum 0.9, weight decay 5e-4, batch 32, a tenth every 30 epochs; images squashed to 224, no ' +
  'augmentation; epochs 30, 60, 90 and 120 are kept.';

export function labText(images: string): PresetText {
  return {
    title: `VGG-16 with BatchNorm for ${images}, 120 epochs`,
    description: LAB_RECIPE,
    source: VGG_PAPER,
  };
}

export function convolutionalLabText(images: string): PresetText {
  return {
    title: `Fully convolutional VGG-16 for ${images}, 120 epochs`,
    description: `Strides for pooling, every convolution spectrally normalised. ${LAB_RECIPE}`,
    source: 'Miyato et al. 2018 (spectral norm)',
  };
}
