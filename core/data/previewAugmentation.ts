/** What augmentation makes of pictures: the very bytes that training would feed, by the loader itself. */
import { srgbOfLab } from '../../contract/cielab.ts';
import type { Preprocessing } from '../../contract/preprocessing.ts';
import type { Augmentation } from '../../contract/recipe.ts';
import { Loader } from './loader.ts';
import type { PackedSplit } from './types.ts';

/** Half as light as white; what a network that sees no L is shown does not matter. */
const MID_L = 50;

/** The mean color as bytes in the order of the packed pictures (RGB), which erased rectangles take: the network sees zeros there. */
export function meanBytes({ color, mean, scale, channelOrder }: Pick<Preprocessing, 'color' | 'mean' | 'scale' | 'channelOrder'>): number[] {
  if (color === 'lab' || color === 'ab') {
    const [l = 0, a = 0, b = 0] = [...(color === 'ab' ? [MID_L] : []), ...mean.map((m) => m * scale)];
    return srgbOfLab([l, a, b]);
  }
  const bytes = mean.map((m) => Math.min(255, Math.max(0, Math.round(m * scale))));
  return channelOrder === 'bgr' ? bytes.reverse() : bytes;
}

export interface AugmentedPicture {
  /** Position in the split. */
  readonly index: number;
  readonly label: number;
  /** `size × size × channels`. */
  readonly pixels: Uint8Array;
  /** The picture mixed in: its label and the own picture's share. */
  readonly mixedWith: { readonly label: number; readonly share: number } | null;
}

export interface PreviewOptions {
  readonly augmentation: Augmentation;
  readonly preprocessing: Preprocessing;
  readonly channels: number;
  readonly seed: number;
  readonly batchSize: number;
  readonly balancedSampling?: boolean;
  readonly limit?: number;
}

/** The pictures of one step of training, at most `most` of them. `epoch` and `stepInEpoch` count from 0. */
export function previewAugmentation(split: PackedSplit, options: PreviewOptions, at: { readonly epoch: number; readonly stepInEpoch: number; readonly most: number }): AugmentedPicture[] {
  const { augmentation, preprocessing, channels, seed, batchSize, limit } = options;
  const loader = new Loader(split, { size: preprocessing.size, channels, batchSize, augmentation, seed, shuffle: true, balanced: options.balancedSampling ?? false, fill: meanBytes(preprocessing), ...(limit !== undefined && { limit }) });
  const { images, labels, indices, count, mix } = loader.batch(at.epoch, at.stepInEpoch);
  return Array.from({ length: Math.min(count, at.most) }, (_, i) => ({
    index: indices[i] ?? 0, label: labels[i] ?? -1, pixels: images.slice(i * split.bytesPerImage, (i + 1) * split.bytesPerImage), mixedWith: mix ? { label: mix.labels[i] ?? -1, share: mix.lam } : null,
  }));
}

/** One picture as it is augmented in each of the first `epochs` epochs, without mixing. */
export function previewPicture(pixels: Uint8Array, options: PreviewOptions, index: number, epochs: number): Uint8Array[] {
  const split: PackedSplit = { length: index + 1, bytesPerImage: pixels.length, labels: new Int32Array(index + 1), read: (_, out) => { out.set(pixels); }, pathOf: () => '' };
  const { preprocessing, channels, seed } = options, { mixup: _, cutmix: __, ...augmentation } = options.augmentation;
  const loader = new Loader(split, { size: preprocessing.size, channels, batchSize: 1, augmentation, seed, shuffle: false, fill: meanBytes(preprocessing) });
  return Array.from({ length: epochs }, (_, epoch) => loader.batch(epoch, index).images.slice());
}
