/** Batches of a packed split, by epoch and step: any batch can be asked for at any time and is always the same. */
import type { Augmentation } from '../../../contract/recipe.ts';
import { BatchAugmenter } from '../augment/batchAugmenter.ts';
import { BatchOrder, type BatchPlaces, type OrderOptions } from './batchOrder.ts';
import type { PackedSplit } from '../types.ts';

export interface LoaderOptions extends OrderOptions {
  /** Side of the pictures, pixels, and their channels: those of the packed cache. */
  readonly size: number;
  readonly channels: number;
  readonly augmentation: Augmentation;
  /** Byte of each channel that erased rectangles take; 0 when left out. */
  readonly fill?: readonly number[];
}

/** What training sees of a split: batches by epoch and step. */
export interface BatchSource {
  readonly stepsPerEpoch: number;
  readonly length: number;
  batch(epoch: number, stepInEpoch: number): Batch;
  /** Examples of each class that an epoch is drawn from. */
  classCounts(classes: number): number[];
  /** Path of the picture at a position in the split, relative to the data set. */
  pathOf(index: number): string;
}

/**
 * `images` and `labels` are views into one of two buffers used in turn: valid until the second next call of `batch`.
 */
export interface Batch {
  /** `count × size × size × channels` bytes. */
  readonly images: Uint8Array;
  readonly labels: Int32Array;
  /** Positions in the split. */
  readonly indices: Int32Array;
  readonly count: number;
  /** Set where each picture is mixed with another one: that one's label, and the share of the own one. */
  readonly mix?: { readonly labels: Int32Array; readonly lam: number };
}

export interface BatchBuffer extends BatchPlaces {
  readonly images: Uint8Array;
}

export class Loader implements BatchSource {
  readonly stepsPerEpoch: number;
  readonly length: number;
  readonly #split: PackedSplit;
  readonly #order: BatchOrder;
  readonly #buffers: BatchBuffer[];
  readonly #scratch: Uint8Array;
  readonly #augmenter: BatchAugmenter;
  #turn = 0;

  /** @throws {RangeError} when size and channels are not those of the split, or the batch size is below 1 */
  constructor(split: PackedSplit, options: LoaderOptions) {
    const { size, channels, augmentation, seed, fill = [] } = options;
    if (size * size * channels !== split.bytesPerImage)
      throw new RangeError(
        `the packed images have ${split.bytesPerImage} bytes, ${size} × ${size} × ${channels} expected`,
      );
    this.#split = split;
    this.#order = new BatchOrder(split.labels, options);
    ({ length: this.length, stepsPerEpoch: this.stepsPerEpoch } = this.#order);
    this.#augmenter = new BatchAugmenter({ size, channels, augmentation, seed, fill });
    const { most } = this.#order;
    this.#buffers = [0, 1].map(() => ({
      images: new Uint8Array(most * split.bytesPerImage),
      labels: new Int32Array(most),
      indices: new Int32Array(most),
      copies: new Int32Array(most),
    }));
    this.#scratch = new Uint8Array(this.#augmenter.changes ? most * split.bytesPerImage : 0);
  }

  /** Batch `stepInEpoch` (0 … stepsPerEpoch − 1) of `epoch` (0 and up). */
  batch(epoch: number, stepInEpoch: number): Batch {
    this.#turn = 1 - this.#turn;
    const buffer = this.#buffers[this.#turn]!;
    const augments = this.#augmenter.changes;
    const count = this.#order.select(epoch, stepInEpoch, buffer);
    const images = buffer.images.subarray(0, count * this.#split.bytesPerImage);
    const labels = buffer.labels.subarray(0, count);
    const indices = buffer.indices.subarray(0, count);
    this.#split.read(indices, augments ? this.#scratch : images);
    if (augments) this.#augmenter.augment(this.#scratch, images, { epoch, indices, copies: buffer.copies });
    const lam = this.#augmenter.mix(images, count, epoch, stepInEpoch);
    return { images, labels, indices, count, ...(lam !== null && { mix: { labels: labels.toReversed(), lam } }) };
  }

  classCounts(classes: number): number[] {
    return this.#order.classCounts(classes);
  }

  pathOf(index: number): string {
    return this.#split.pathOf(index);
  }
}
