/** How the published weights of the ImageNet zoo were fed and measured; the cards of several families share it. */
import type { PublishedInput, PublishedResult } from '../../contract/network.ts';

/** All of them resize with bilinear interpolation and take blue, green, red values from 0 to 255. */
const caffe = { interpolation: 'linear', color: 'bgr', scale: 1, labels: 'ilsvrc2012' } as const;
const small = { size: 224, resize: 256 } as const;
const large = { size: 299, resize: 320 } as const;

/** Pre-activation ResNets. */
export const MEAN_ONLY_INPUT: PublishedInput = { ...caffe, ...small, mean: [102.98, 115.947, 122.772], std: [1, 1, 1] };
/** Keras's ResNets, which were converted from Caffe's. */
export const KERAS_RESNET_INPUT: PublishedInput = {
  ...caffe,
  ...small,
  mean: [103.939, 116.779, 123.68],
  std: [1, 1, 1],
};
/** Networks trained in Torch: ResNet-18, ResNeXt, Wide ResNet, AirNet. */
export const TORCH_INPUT: PublishedInput = {
  ...caffe,
  ...small,
  mean: [103.52, 116.28, 123.675],
  std: [57.375, 57.12, 58.395],
};
/** Xception, Inception v4 and Inception-ResNet v2. */
export const CENTRED_INPUT: PublishedInput = { ...caffe, ...large, mean: [128, 128, 128], std: [128, 128, 128] };
/** Inception v3 numbers the classes as ILSVRC 2015 does. */
export const CENTRED_2015_INPUT: PublishedInput = { ...CENTRED_INPUT, labels: 'ilsvrc2015' };
export const DPN_INPUT: PublishedInput = { ...caffe, ...small, mean: [104, 117, 124], std: [59.88, 59.88, 59.88] };
/** The SENet authors' weights. */
export const SENET_INPUT: PublishedInput = {
  ...caffe,
  ...small,
  mean: [104, 117, 123],
  std: [1, 1, 1],
  labels: 'ilsvrc2015',
};
/** Multiplied by 0.017 after the mean. */
export const SCALED_INPUT: PublishedInput = {
  ...caffe,
  ...small,
  mean: [103.94, 116.78, 123.68],
  std: [1 / 0.017, 1 / 0.017, 1 / 0.017],
};
/** torchvision and timm: red, green, blue from 0 to 1. */
export const TORCHVISION_INPUT: PublishedInput = {
  ...small,
  interpolation: 'linear',
  color: 'rgb',
  scale: 255,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  labels: 'ilsvrc2012',
};

/**
 * timm's own weights, unless told otherwise: cubic resizing of the short side to the crop over `share` of it,
 * ImageNet's mean and deviation.
 */
export function timmInput(size: number, share: number, other: Partial<PublishedInput> = {}): PublishedInput {
  return { ...TORCHVISION_INPUT, size, resize: Math.floor(size / share), interpolation: 'cubic', ...other };
}

export const TIMM_SOURCE = 'https://github.com/huggingface/pytorch-image-models';
export const TORCHVISION_SOURCE = 'https://github.com/pytorch/vision';
export const CAFFE_ZOO_SOURCE = 'https://github.com/soeaver/caffe-model';
export const SENET_SOURCE = 'https://github.com/hujie-frank/SENet';

/**
 * "top-1/top-5" errors in per cent for one crop and twelve, at the native size and at the larger one; null where
 * nothing was published.
 */
export type ZooErrors = readonly [string, string | null, string, string | null];

/** The table of the Caffe zoo's read-me for one network of native size 224 or 299. */
export function zooResults(nativeSize: 224 | 299, errors: ZooErrors): readonly PublishedResult[] {
  const protocols =
    nativeSize === 224
      ? [
          'centre crop 224 of short side 256',
          '12 crops 224 of short side 256',
          'centre crop 320 of short side 320',
          '12 crops 320 of short side 320',
        ]
      : [
          'centre crop 299 of short side 320',
          '12 crops 299 of short side 320',
          'centre crop 395 of short side 395',
          '12 crops 395 of short side 395',
        ];
  return errors.flatMap((pair, index) => {
    if (pair === null) return [];
    const [top1 = NaN, top5 = NaN] = pair.split('/').map(Number);
    return [{ dataset: 'ImageNet-1k val', protocol: protocols[index] ?? '', top1ErrorPct: top1, top5ErrorPct: top5 }];
  });
}

/** torchvision's own measurement: accuracies in per cent, as it states them. */
export function torchvisionResult(top1: number, top5: number): PublishedResult {
  return {
    dataset: 'ImageNet-1k val',
    protocol: 'centre crop 224 of short side 256',
    top1ErrorPct: fromAccuracy(top1),
    top5ErrorPct: fromAccuracy(top5),
  };
}

/**
 * timm's own measurement (results/results-imagenet.csv): errors in per cent; its short side is the crop over
 * `crop_pct`, rounded down.
 */
export function timmResult(
  crop: number,
  shortSide: number,
  top1ErrorPct: number,
  top5ErrorPct: number,
): PublishedResult {
  return {
    dataset: 'ImageNet-1k val',
    protocol: `centre crop ${crop} of short side ${shortSide}`,
    top1ErrorPct,
    top5ErrorPct,
  };
}

/** Error for an accuracy, both in per cent, free of binary rounding noise. */
export function fromAccuracy(accuracyPct: number): number {
  return Number((100 - accuracyPct).toFixed(3));
}
