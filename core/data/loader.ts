/** Batches of a packed split, by epoch and step: any batch can be asked for at any time and is always the same. */
import type { Augmentation } from '../../contract/recipe.ts';
import { balancedOrder } from './balancedOrder.ts';
import { BatchAugmenter } from './batchAugmenter.ts';
import { permutation } from './random.ts';
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

export type BatchBuffer = Omit<Batch, 'count' | 'mix'>;

export class Loader implements BatchSource {
  /** Batches of an epoch; the last one may be smaller. */
  readonly stepsPerEpoch: number;
  /** Examples of an epoch. */
  readonly length: number;
  readonly #split: PackedSplit;
  readonly #options: LoaderOptions;
  readonly #examples: Int32Array | null;
  readonly #buffers: BatchBuffer[];
  readonly #scratch: Uint8Array;
  readonly #augmenter: BatchAugmenter;
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
    this.#augmenter = new BatchAugmenter({ size, channels, augmentation, seed: options.seed, fill: options.fill ?? [] });
    const most = Math.min(batchSize, this.length);
    this.#buffers = [0, 1].map(() => ({ images: new Uint8Array(most * split.bytesPerImage), labels: new Int32Array(most), indices: new Int32Array(most) }));
    this.#scratch = new Uint8Array(this.#augmenter.changes ? most * split.bytesPerImage : 0);
  }

  /** Batch `stepInEpoch` (0 … stepsPerEpoch − 1) of `epoch` (0 and up). */
  batch(epoch: number, stepInEpoch: number): Batch {
    this.#turn = 1 - this.#turn;
    const buffer = this.#buffers[this.#turn] as BatchBuffer, augments = this.#augmenter.changes;
    const count = this.fill(epoch, stepInEpoch, { ...buffer, images: augments ? this.#scratch : buffer.images });
    const images = buffer.images.subarray(0, count * this.#split.bytesPerImage), labels = buffer.labels.subarray(0, count), indices = buffer.indices.subarray(0, count);
    if (augments) this.#augmenter.augment(this.#scratch, images, indices, epoch);
    const lam = this.#augmenter.mix(images, count, epoch, stepInEpoch);
    return { images, labels, indices, count, ...(lam !== null && { mix: { labels: labels.toReversed(), lam } }) };
  }

  /** Puts the batch as it is stored, before any augmentation, to the start of the given arrays; returns the number of its pictures. */
  fill(epoch: number, stepInEpoch: number, { images, labels, indices }: BatchBuffer): number {
    if (!Number.isInteger(stepInEpoch) || stepInEpoch < 0 || stepInEpoch >= this.stepsPerEpoch) throw new RangeError(`step ${stepInEpoch} of an epoch of ${this.stepsPerEpoch}`);
    const first = stepInEpoch * this.#options.batchSize, count = Math.min(this.#options.batchSize, this.length - first);
    const order = this.#options.shuffle ? this.#orderOf(epoch) : null;
    for (let i = 0; i < count; i += 1) {
      const position = order === null ? first + i : (order[first + i] as number);
      const index = this.#examples === null ? position : (this.#examples[position] as number);
      indices[i] = index;
      labels[i] = this.#split.labels[index] as number;
    }
    this.#split.read(indices.subarray(0, count), images);
    return count;
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
}
