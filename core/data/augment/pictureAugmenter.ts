/** Random changes of single pictures beyond flip and padded crop: every draw keyed by (seed, epoch, example, copy). */
import type { Augmentation } from '../../../contract/recipe.ts';
import { brightness, contrast, hue, saturation } from './colorOps.ts';
import { resizedCrop, type CropBox } from './geometryOps.ts';
import { keyedRandom, type KeyedRandom } from '../random.ts';
import { randAugment, trivialAugment } from './trivialAugment.ts';

/** What a picture's random numbers are keyed by beside the seed; `copy` as in `BatchPlaces`. */
export interface PictureKey {
  readonly epoch: number;
  readonly index: number;
  readonly copy: number;
}

export class PictureAugmenter {
  readonly #a: Augmentation;
  readonly #size: number;
  readonly #channels: number;
  readonly #seed: number;
  readonly #fill: readonly number[];
  readonly #scratch: Uint8Array;

  /** `fill`: bytes of each channel for erased rectangles, in the order of the picture's bytes. */
  constructor(
    augmentation: Augmentation,
    about: {
      readonly size: number;
      readonly channels: number;
      readonly seed: number;
      readonly fill: readonly number[];
    },
  ) {
    this.#a = augmentation;
    this.#size = about.size;
    this.#channels = about.channels;
    this.#seed = about.seed;
    this.#fill = about.fill;
    this.#scratch = new Uint8Array(about.size * about.size * about.channels);
  }

  static needed({ resizedCrop: crop, trivialAugment: trivial, ...others }: Augmentation): boolean {
    return Boolean(crop ?? others.randAugment ?? others.colorJitter ?? others.erasing) || trivial === true;
  }

  /** Writes the random crop of `source` to `x`, mirrored where `flip`. */
  crop(source: Uint8Array, x: Uint8Array, key: PictureKey, flip: boolean): void {
    resizedCrop(source, x, this.#size, this.#channels, this.box(this.#size, this.#size, key), flip);
  }

  /** The random crop of a picture of `width × height`. */
  box(width: number, height: number, { epoch, index, copy }: PictureKey): CropBox {
    const random = keyedRandom(this.#seed, 'augment/crop', epoch, index, copy);
    return cropBox(random, width, height, this.#a.resizedCrop?.minArea ?? 1);
  }

  /**
   * Changes the cropped and flipped picture in place: TrivialAugment, RandAugment, color jitter, erasing, in
   * torchvision's order.
   */
  change(x: Uint8Array, { epoch, index, copy }: PictureKey): void {
    const { trivialAugment: trivial, randAugment: rand, colorJitter, erasing } = this.#a;
    const channels = this.#channels;
    const random = keyedRandom(this.#seed, 'augment/change', epoch, index, copy);
    const target = { x, size: this.#size, channels, scratch: this.#scratch };
    if (trivial) trivialAugment(target, random);
    if (rand) randAugment(target, rand, random);
    if (colorJitter) jitter(x, channels, colorJitter, random);
    if (erasing && random.uniform() < erasing.probability) erase(x, this.#size, channels, this.#fill, erasing, random);
  }
}

const between = (random: KeyedRandom, low: number, high: number): number => low + (high - low) * random.uniform();

/**
 * Area uniform, shape log-uniform; ten tries, then the largest crop in the middle with a shape of 3:4 to 4:3
 * (torchvision's RandomResizedCrop).
 */
function cropBox(random: KeyedRandom, pictureWidth: number, pictureHeight: number, minArea: number): CropBox {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const area = pictureWidth * pictureHeight * between(random, minArea, 1);
    const shape = Math.exp(between(random, Math.log(3 / 4), Math.log(4 / 3)));
    const width = Math.round(Math.sqrt(area * shape));
    const height = Math.round(Math.sqrt(area / shape));
    if (width >= 1 && height >= 1 && width <= pictureWidth && height <= pictureHeight)
      return { left: random.int(pictureWidth - width + 1), top: random.int(pictureHeight - height + 1), width, height };
  }
  const width = Math.min(pictureWidth, Math.round((pictureHeight * 4) / 3));
  const height = Math.min(pictureHeight, Math.round((pictureWidth * 4) / 3));
  return { left: (pictureWidth - width) >> 1, top: (pictureHeight - height) >> 1, width, height };
}

function jitter(
  x: Uint8Array,
  channels: number,
  j: NonNullable<Augmentation['colorJitter']>,
  random: KeyedRandom,
): void {
  const factor = (strength: number): number => between(random, Math.max(0, 1 - strength), 1 + strength);
  const changes = [
    j.brightness > 0 &&
      ((f: number) => {
        brightness(x, f);
      }),
    j.contrast > 0 &&
      ((f: number) => {
        contrast(x, channels, f);
      }),
    j.saturation > 0 &&
      ((f: number) => {
        saturation(x, channels, f);
      }),
    j.hue > 0 &&
      ((f: number) => {
        hue(x, channels, f);
      }),
  ];
  const factors = [factor(j.brightness), factor(j.contrast), factor(j.saturation), between(random, -j.hue, j.hue)];
  for (const order = [0, 1, 2, 3]; order.length > 0;) {
    const next = order.splice(random.int(order.length), 1)[0]!;
    const change = changes[next];
    if (change) change(factors[next] ?? 1);
  }
}

/** Zhong et al. 2020, with torchvision's shapes: 0.3 to 3.3, ten tries. */
function erase(
  x: Uint8Array,
  size: number,
  channels: number,
  fill: readonly number[],
  { minArea, maxArea }: NonNullable<Augmentation['erasing']>,
  random: KeyedRandom,
): void {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const area = size * size * between(random, minArea, Math.max(minArea, maxArea));
    const shape = Math.exp(between(random, Math.log(0.3), Math.log(3.3)));
    const height = Math.round(Math.sqrt(area * shape));
    const width = Math.round(Math.sqrt(area / shape));
    if (height < 1 || width < 1 || height >= size || width >= size) continue;
    const top = random.int(size - height + 1);
    const left = random.int(size - width + 1);
    for (let y = top; y < top + height; y += 1) {
      for (let at = (y * size + left) * channels, end = at + width * channels; at < end; at += channels)
        for (let c = 0; c < channels; c += 1) x[at + c] = fill[c]!;
    }
    return;
  }
}
