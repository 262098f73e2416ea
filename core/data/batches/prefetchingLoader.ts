/**
 * A loader whose batches are decoded and augmented ahead by threads: the same batches as `Loader`'s, whatever their
 * number and how far ahead.
 */
import { Worker } from 'node:worker_threads';
import { StudioError } from '../../../contract/errors.ts';
import {
  DONE,
  PENDING,
  problemBuffer,
  readProblem,
  type AugmentSlot,
  type AugmentTask,
  type AugmentWorkerData,
  type FileDecoding,
} from './augmentMessages.ts';
import { BatchOrder } from './batchOrder.ts';
import type { Batch, BatchSource, LoaderOptions } from './loader.ts';
import type { FileSplit, PackedSplit } from '../types.ts';

export interface PrefetchOptions {
  readonly threads: number;
  /** Batches that are made ahead of the one asked for, in all threads. */
  readonly depth: number;
}

/** Longest wait for one batch; a thread that is gone would be waited for for ever. */
const PATIENCE_MS = 120_000;

export class PrefetchingLoader implements BatchSource {
  readonly stepsPerEpoch: number;
  readonly length: number;
  readonly #split: PackedSplit | FileSplit;
  readonly #order: BatchOrder;
  readonly #workers: Worker[];
  readonly #slots: AugmentSlot[];
  readonly #tasks: (AugmentTask | null)[];
  readonly #depth: number;
  readonly #bytesPerImage: number;
  #last: number | null = null;
  #turn = 0;
  #failure: Error | null = null;

  /**
   * `decoding`: how the pictures of a split of files are decoded.
   * @throws {RangeError} as `Loader` does
   */
  constructor(
    split: PackedSplit | FileSplit,
    options: LoaderOptions,
    { threads, depth }: PrefetchOptions,
    decoding: FileDecoding | null = null,
  ) {
    const { size, channels, augmentation, seed, fill = [] } = options;
    this.#split = split;
    this.#order = new BatchOrder(split.labels, options);
    ({ stepsPerEpoch: this.stepsPerEpoch, length: this.length } = this.#order);
    this.#depth = depth;
    this.#bytesPerImage = size * size * channels;
    const { most } = this.#order;
    const bytes = most * this.#bytesPerImage;
    // The batch in use and the one before it stay untouched while those ahead are made.
    this.#slots = Array.from({ length: depth + 2 }, () => ({
      state: new SharedArrayBuffer(4),
      share: new SharedArrayBuffer(8),
      raw: new SharedArrayBuffer(decoding?.crops ? 0 : bytes),
      images: new SharedArrayBuffer(bytes),
      indices: new SharedArrayBuffer(4 * most),
      copies: new SharedArrayBuffer(4 * most),
      labels: new SharedArrayBuffer(4 * most),
      problem: problemBuffer(),
    }));
    this.#tasks = this.#slots.map(() => null);
    const workerData: AugmentWorkerData = {
      options: { size, channels, augmentation, seed, fill },
      slots: this.#slots,
      decoding,
    };
    this.#workers = Array.from({ length: threads }, () => {
      const worker = new Worker(new URL('./augmentWorker.ts', import.meta.url), { workerData });
      worker.on('error', (error: Error) => {
        this.#failure = error;
      });
      worker.unref();
      return worker;
    });
  }

  batch(epoch: number, stepInEpoch: number): Batch {
    if (!Number.isInteger(stepInEpoch) || stepInEpoch < 0 || stepInEpoch >= this.stepsPerEpoch)
      throw new RangeError(`step ${stepInEpoch} of an epoch of ${this.stepsPerEpoch}`);
    const places = this.#placesFrom(epoch, stepInEpoch);
    const slots = places.map((at) => this.#find(at.epoch, at.stepInEpoch));
    // The batch given out last stays as it is, and so does what is made already of those wanted now: there is always
    // one slot more.
    const kept = new Set<number | null>([this.#last, ...slots]);
    places.forEach((at, i) => {
      if (slots[i] !== null) return;
      const free = this.#slots.findIndex((_, number) => !kept.has(number));
      kept.add(free);
      slots[i] = free;
      this.#request(free, at.epoch, at.stepInEpoch);
    });
    const found = slots[0]!;
    this.#last = found;
    this.#wait(found);
    const slot = this.#slots[found]!;
    const { count } = this.#tasks[found]!;
    const lam = new Float64Array(slot.share)[0] ?? -1;
    const labels = new Int32Array(slot.labels, 0, count);
    return {
      images: new Uint8Array(slot.images, 0, count * this.#bytesPerImage),
      labels,
      indices: new Int32Array(slot.indices, 0, count),
      count,
      ...(lam >= 0 && { mix: { labels: labels.toReversed(), lam } }),
    };
  }

  classCounts(classes: number): number[] {
    return this.#order.classCounts(classes);
  }

  pathOf(index: number): string {
    return this.#split.pathOf(index);
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #find(epoch: number, stepInEpoch: number): number | null {
    const slot = this.#tasks.findIndex((task) => task?.epoch === epoch && task.stepInEpoch === stepInEpoch);
    return slot < 0 ? null : slot;
  }

  /** The batch asked for and those after it. */
  #placesFrom(epoch: number, stepInEpoch: number): { readonly epoch: number; readonly stepInEpoch: number }[] {
    return Array.from({ length: this.#depth + 1 }, (_, i) => {
      const step = stepInEpoch + i;
      return { epoch: epoch + Math.floor(step / this.stepsPerEpoch), stepInEpoch: step % this.stepsPerEpoch };
    });
  }

  /** Reads the batch into the slot, or lists its files, and gives it to the thread whose turn it is. */
  #request(number: number, epoch: number, stepInEpoch: number): void {
    const slot = this.#slots[number]!;
    const state = new Int32Array(slot.state);
    // A batch that was made ahead in vain, after a jump to another place, may still be in the making.
    Atomics.wait(state, 0, PENDING, PATIENCE_MS);
    const split = this.#split;
    const places = {
      indices: new Int32Array(slot.indices),
      labels: new Int32Array(slot.labels),
      copies: new Int32Array(slot.copies),
    };
    const count = this.#order.select(epoch, stepInEpoch, places);
    const indices = places.indices.subarray(0, count);
    if ('read' in split) split.read(indices, new Uint8Array(slot.raw));
    const task = {
      slot: number,
      epoch,
      stepInEpoch,
      count,
      ...('fileOf' in split && { files: Array.from(indices, (index) => split.fileOf(index)) }),
    };
    this.#tasks[number] = task;
    Atomics.store(state, 0, PENDING);
    this.#workers[this.#turn]?.postMessage(task);
    this.#turn = (this.#turn + 1) % this.#workers.length;
  }

  #wait(number: number): void {
    const slot = this.#slots[number]!;
    const state = new Int32Array(slot.state);
    Atomics.wait(state, 0, PENDING, PATIENCE_MS);
    const now = Atomics.load(state, 0);
    if (now === DONE) return;
    if (now === PENDING)
      throw new StudioError('run.hung', `No batch came from the loading threads in ${PATIENCE_MS / 1000} s.`, {
        remedy: 'Look at the disk that holds the images, then resume: the last checkpoint is kept.',
        cause: this.#failure,
      });
    // The next try makes it anew.
    this.#tasks[number] = null;
    const { reason, path, unreachable } = readProblem(slot.problem);
    if (path === undefined) throw new Error(`a batch could not be made: ${reason}`);
    if (unreachable) {
      throw new StudioError('dataset.unavailable', `The images cannot be reached: ${path} – ${reason}.`, {
        remedy:
          'The run pauses here. Mount the disk again or bring the server back, then resume: it goes on from its last ' +
          'checkpoint.',
        details: { path },
      });
    }
    throw new StudioError('dataset.changed', `The data set is no longer what was imported: ${path} – ${reason}.`, {
      remedy: 'Bring the images back (is a disk unmounted?) and resume, or import the data set again under a new name.',
      details: { path },
    });
  }
}
