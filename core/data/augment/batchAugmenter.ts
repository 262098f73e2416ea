/**
 * All augmentation of a batch: a pure function of its bytes and of (seed, epoch, step, examples), wherever it is
 * computed.
 */
import type { Augmentation } from '../../../contract/recipe.ts';
import type { DeviceReport } from '../../../contract/run.ts';
import { cropAndFlip, type CropAndFlip } from './cropAndFlip.ts';
import type { CropBox } from './geometryOps.ts';
import { mixBatch } from './mix.ts';
import { PictureAugmenter, type PictureKey } from './pictureAugmenter.ts';
import { hashStream, philox } from '../random.ts';

export interface AugmenterOptions {
  readonly size: number;
  readonly channels: number;
  readonly augmentation: Augmentation;
  readonly seed: number;
  /** Byte of each channel for erased rectangles; 0 where none is given. */
  readonly fill: readonly number[];
}

/** Which pictures of an epoch are augmented; `copies` as in `BatchPlaces`. */
export interface AugmentedPlaces {
  readonly epoch: number;
  readonly indices: Int32Array;
  readonly copies: Int32Array;
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

  /**
   * Whether it is worth a thread of its own beside what trains. Flips and padded crops alone are copies, 8 µs for a
   * picture of 64×64 pixels: a thousandth of a CPU's step (docs/accuracy.md), which is why they are not part of the
   * graph. A GPU's step is as short as that, and would wait.
   */
  static isHeavy(augmentation: Augmentation, device: DeviceReport['kind']): boolean {
    return (
      PictureAugmenter.needed(augmentation) ||
      augmentation.mixup !== undefined ||
      (device === 'gpu' && (augmentation.flip || augmentation.cropPadding > 0 || augmentation.cutmix !== undefined))
    );
  }

  /**
   * Writes the changed pictures of `raw` to `images`. One block of random numbers a picture, keyed by (seed, 'augment',
   * epoch, index of the example, copy): the batch it lies in plays no part.
   */
  augment(raw: Uint8Array, images: Uint8Array, { epoch, indices, copies }: AugmentedPlaces): void {
    const { size, channels, augmentation } = this.#options;
    const { cropPadding } = augmentation;
    const bytes = size * size * channels;
    for (let i = 0; i < indices.length; i += 1) {
      const key = { epoch, index: indices[i]!, copy: copies[i]! };
      const picture = images.subarray(i * bytes, (i + 1) * bytes);
      const draw = this.#draw(key);
      if (this.#pictures && augmentation.resizedCrop)
        this.#pictures.crop(raw.subarray(i * bytes, (i + 1) * bytes), picture, key, draw.flip);
      else cropAndFlip(raw, i * bytes, images, i * bytes, size, channels, cropPadding, draw);
      this.#pictures?.change(picture, key);
    }
  }

  /**
   * What `augment` would do to a picture of `width × height` pixels before its bytes are changed: the part of it that
   * is seen, and whether it is mirrored.
   */
  cropOf(width: number, height: number, key: PictureKey): { readonly box: CropBox; readonly flip: boolean } {
    if (this.#pictures === null) throw new Error('there is no crop to draw');
    return { box: this.#pictures.box(width, height, key), flip: this.#draw(key).flip };
  }

  /** All that `augment` does to a picture after it is cropped and mirrored. */
  change(picture: Uint8Array, key: PictureKey): void {
    this.#pictures?.change(picture, key);
  }

  #draw({ epoch, index, copy }: PictureKey): CropAndFlip {
    const {
      seed,
      augmentation: { flip, cropPadding },
    } = this.#options;
    const choices = 2 * cropPadding + 1;
    philox(0, epoch, index, copy, seed, AUGMENT_STREAM, this.#random);
    const [a = 0, b = 0, c = 0] = this.#random;
    // Scaling 32 random bits to at most 129 choices is uneven by less than 1 in 30 million.
    return {
      flip: flip && a >= 0x8000_0000,
      dx: Math.floor((b / 0x1_0000_0000) * choices),
      dy: Math.floor((c / 0x1_0000_0000) * choices),
    };
  }

  /** Mixes the batch in place; the share of the own pictures, or null where nothing is mixed. */
  mix(images: Uint8Array, count: number, epoch: number, stepInEpoch: number): number | null {
    const { size, channels, seed, augmentation } = this.#options;
    return this.#mixes && count >= 2
      ? mixBatch(images, count, size, channels, augmentation, seed, epoch, stepInEpoch)
      : null;
  }
}
