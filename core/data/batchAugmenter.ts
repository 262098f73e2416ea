/** All augmentation of a batch: a pure function of its bytes and of (seed, epoch, step, examples), wherever it is computed. */
import type { Augmentation } from '../../contract/recipe.ts';
import { cropAndFlip } from './augment.ts';
import { mixBatch } from './mix.ts';
import { PictureAugmenter } from './pictureAugmenter.ts';
import { hashStream, philox } from './random.ts';

export interface AugmenterOptions {
  readonly size: number;
  readonly channels: number;
  readonly augmentation: Augmentation;
  readonly seed: number;
  /** Byte of each channel for erased rectangles; 0 where none is given. */
  readonly fill: readonly number[];
}

const AUGMENT_STREAM = hashStream('augment');

export class BatchAugmenter {
  /** Whether single pictures are changed. */
  readonly changes: boolean;
  readonly #options: AugmenterOptions;
  readonly #pictures: PictureAugmenter | null;
  readonly #mixes: boolean;
  readonly #random = new Uint32Array(4);

  constructor(options: AugmenterOptions) {
    const { augmentation } = options;
    this.#options = options;
    this.#pictures = PictureAugmenter.needed(augmentation) ? new PictureAugmenter(augmentation, options) : null;
    this.changes = augmentation.flip || augmentation.cropPadding > 0 || this.#pictures !== null;
    this.#mixes = augmentation.mixup !== undefined || augmentation.cutmix !== undefined;
  }

  /** Whether it is worth a thread of its own: flips and padded crops alone are copies. */
  static isHeavy(augmentation: Augmentation): boolean { return PictureAugmenter.needed(augmentation) || augmentation.mixup !== undefined; }

  /** Writes the changed pictures of `raw` to `images`. One block of random numbers a picture, keyed by (seed, 'augment', epoch, index of the example): the batch it lies in plays no part. */
  augment(raw: Uint8Array, images: Uint8Array, indices: Int32Array, epoch: number): void {
    const { size, channels, seed, augmentation } = this.#options, { cropPadding, flip } = augmentation, bytes = size * size * channels, choices = 2 * cropPadding + 1;
    for (let i = 0; i < indices.length; i += 1) {
      const index = indices[i] as number, picture = images.subarray(i * bytes, (i + 1) * bytes);
      philox(0, epoch, index, 0, seed, AUGMENT_STREAM, this.#random);
      const [a = 0, b = 0, c = 0] = this.#random;
      // Scaling 32 random bits to at most 129 choices is uneven by less than 1 in 30 million.
      const draw = { flip: flip && a >= 0x8000_0000, dx: Math.floor((b / 0x1_0000_0000) * choices), dy: Math.floor((c / 0x1_0000_0000) * choices) };
      if (this.#pictures && augmentation.resizedCrop) this.#pictures.crop(raw.subarray(i * bytes, (i + 1) * bytes), picture, epoch, index, draw.flip);
      else cropAndFlip(raw, i * bytes, images, i * bytes, size, channels, cropPadding, draw);
      this.#pictures?.change(picture, epoch, index);
    }
  }

  /** Mixes the batch in place; the share of the own pictures, or null where nothing is mixed. */
  mix(images: Uint8Array, count: number, epoch: number, stepInEpoch: number): number | null {
    const { size, channels, seed, augmentation } = this.#options;
    return this.#mixes && count >= 2 ? mixBatch(images, count, size, channels, augmentation, seed, epoch, stepInEpoch) : null;
  }
}
