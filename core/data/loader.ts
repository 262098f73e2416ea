/** Batches of a packed split, by epoch and step: any batch can be asked for at any time and is always the same. */
import type { Augmentation } from '../../contract/recipe.ts';
import { cropAndFlip } from './augment.ts';
import { balancedOrder } from './balancedOrder.ts';
import { mixBatch } from './mix.ts';
import { PictureAugmenter } from './pictureAugmenter.ts';
import { hashStream, permutation, philox } from './random.ts';
import { stratifiedSubset } from './stratify.ts';
import type { PackedSplit } from './types.ts';

export interface LoaderOptions {
  /** Side of the pictures, pixels, and their channels: those of the packed cache. */
  readonly size: number;
  readonly channels: number;
  readonly batchSize: number;
  readonly augmentation: Augmentation;
  readonly seed: number;
  /** Byte of each channel that erased rectangles take; 0 when left out. */
  readonly fill?: readonly number[];
  /** A new random order each epoch; otherwise the order of the split. */
  readonly shuffle: boolean;
  /** With `shuffle`: every class equally often in an epoch. */
  readonly balanced?: boolean;
  /** Use only this many examples: a fixed subset in which each class keeps its share. */
  readonly limit?: number;
}

/** What training sees of a split: batches by epoch and step. */
export interface BatchSource {
  readonly stepsPerEpoch: number;
  readonly length: number;
  batch(epoch: number, stepInEpoch: number): Batch;
  /** Examples of each class that an epoch is drawn from. */
  classCounts(classes: number): number[];
}

/** `images` and `labels` are views into one of two buffers used in turn: valid until the second next call of `batch`. */
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

type BatchBuffer = Omit<Batch, 'count' | 'mix'>;

const AUGMENT_STREAM = hashStream('augment');

export class Loader implements BatchSource {
  /** Batches of an epoch; the last one may be smaller. */
  readonly stepsPerEpoch: number;
  /** Examples of an epoch. */
  readonly length: number;
  readonly #split: PackedSplit;
  readonly #options: LoaderOptions;
  readonly #examples: Int32Array | null;
  readonly #augments: boolean;
  readonly #buffers: BatchBuffer[];
  readonly #scratch: Uint8Array;
  readonly #augmenter: PictureAugmenter | null;
  readonly #mixes: boolean;
  readonly #random = new Uint32Array(4);
  #order: { readonly epoch: number; readonly positions: Int32Array } | null = null;
  #turn = 0;

  /** Throws RangeError when size and channels are not those of the split, or the batch size is below 1. */
  constructor(split: PackedSplit, options: LoaderOptions) {
    const { size, channels, batchSize, augmentation, limit } = options;
    if (size * size * channels !== split.bytesPerImage) throw new RangeError(`the packed pictures have ${split.bytesPerImage} bytes, ${size} × ${size} × ${channels} expected`);
    if (!Number.isInteger(batchSize) || batchSize < 1) throw new RangeError(`a batch of ${batchSize} pictures`);
    this.#split = split;
    this.#options = options;
    this.#examples = limit !== undefined && limit < split.length ? stratifiedSubset(split.labels, limit) : null;
    this.length = this.#examples?.length ?? split.length;
    this.stepsPerEpoch = Math.ceil(this.length / batchSize);
    this.#augmenter = PictureAugmenter.needed(augmentation) ? new PictureAugmenter(augmentation, { size, channels, seed: options.seed, fill: options.fill ?? [] }) : null;
    this.#augments = augmentation.flip || augmentation.cropPadding > 0 || this.#augmenter !== null;
    this.#mixes = augmentation.mixup !== undefined || augmentation.cutmix !== undefined;
    const most = Math.min(batchSize, this.length);
    this.#buffers = [0, 1].map(() => ({ images: new Uint8Array(most * split.bytesPerImage), labels: new Int32Array(most), indices: new Int32Array(most) }));
    this.#scratch = new Uint8Array(this.#augments ? most * split.bytesPerImage : 0);
  }

  /** Batch `stepInEpoch` (0 … stepsPerEpoch − 1) of `epoch` (0 and up). */
  batch(epoch: number, stepInEpoch: number): Batch {
    if (!Number.isInteger(stepInEpoch) || stepInEpoch < 0 || stepInEpoch >= this.stepsPerEpoch) throw new RangeError(`step ${stepInEpoch} of an epoch of ${this.stepsPerEpoch}`);
    const first = stepInEpoch * this.#options.batchSize;
    const count = Math.min(this.#options.batchSize, this.length - first);
    this.#turn = 1 - this.#turn;
    const buffer = this.#buffers[this.#turn] as BatchBuffer;
    const images = buffer.images.subarray(0, count * this.#split.bytesPerImage);
    const labels = buffer.labels.subarray(0, count);
    const indices = buffer.indices.subarray(0, count);
    const order = this.#options.shuffle ? this.#orderOf(epoch) : null;
    for (let i = 0; i < count; i += 1) {
      const position = order === null ? first + i : (order[first + i] as number);
      const index = this.#examples === null ? position : (this.#examples[position] as number);
      indices[i] = index;
      labels[i] = this.#split.labels[index] as number;
    }
    this.#split.read(indices, this.#augments ? this.#scratch : images);
    if (this.#augments) this.#augment(epoch, indices, images);
    if (!this.#mixes || count < 2) return { images, labels, indices, count };
    const { size, channels, augmentation, seed } = this.#options;
    return { images, labels, indices, count, mix: { labels: labels.toReversed(), lam: mixBatch(images, count, size, channels, augmentation, seed, epoch, stepInEpoch) } };
  }

  classCounts(classes: number): number[] {
    const counts = new Array<number>(classes).fill(0);
    for (const label of this.#labels()) if (label >= 0) counts[label] = (counts[label] ?? 0) + 1;
    return counts;
  }

  /** Labels by position. */
  #labels(): Int32Array {
    const { labels } = this.#split;
    return this.#examples?.map((index) => labels[index] as number) ?? labels;
  }

  #orderOf(epoch: number): Int32Array {
    if (this.#order?.epoch !== epoch) {
      const { seed, balanced } = this.#options;
      this.#order = { epoch, positions: balanced ? balancedOrder(this.#labels(), seed, epoch) : permutation(this.length, seed, 'shuffle', epoch) };
    }
    return this.#order.positions;
  }

  /** One block of random numbers a picture, keyed by (seed, 'augment', epoch, index of the example): the batch it lies in plays no part. */
  #augment(epoch: number, indices: Int32Array, images: Uint8Array): void {
    const { size, channels, seed, augmentation } = this.#options;
    const { cropPadding, flip } = augmentation;
    const { bytesPerImage } = this.#split;
    const choices = 2 * cropPadding + 1;
    for (let i = 0; i < indices.length; i += 1) {
      philox(0, epoch, indices[i] as number, 0, seed, AUGMENT_STREAM, this.#random);
      const [a = 0, b = 0, c = 0] = this.#random;
      // Scaling 32 random bits to at most 129 choices is uneven by less than 1 in 30 million.
      const draw = { flip: flip && a >= 0x8000_0000, dx: Math.floor((b / 0x1_0000_0000) * choices), dy: Math.floor((c / 0x1_0000_0000) * choices) };
      const augmenter = this.#augmenter, picture = images.subarray(i * bytesPerImage, (i + 1) * bytesPerImage), index = indices[i] as number;
      if (augmenter && augmentation.resizedCrop) augmenter.crop(this.#scratch.subarray(i * bytesPerImage, (i + 1) * bytesPerImage), picture, epoch, index, draw.flip);
      else cropAndFlip(this.#scratch, i * bytesPerImage, images, i * bytesPerImage, size, channels, cropPadding, draw);
      augmenter?.change(picture, epoch, index);
    }
  }
}
