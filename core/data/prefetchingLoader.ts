/** A loader whose batches are augmented ahead by threads: the same batches as `Loader`'s, whatever their number and how far ahead. */
import { Worker } from 'node:worker_threads';
import { DONE, FAILED, PENDING, type AugmentSlot, type AugmentTask, type AugmentWorkerData } from './augmentProtocol.ts';
import { Loader, type Batch, type BatchSource, type LoaderOptions } from './loader.ts';
import type { PackedSplit } from './types.ts';

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
  readonly #loader: Loader;
  readonly #workers: Worker[];
  readonly #slots: AugmentSlot[];
  readonly #tasks: (AugmentTask | null)[];
  readonly #depth: number;
  readonly #bytesPerImage: number;
  #last: number | null = null;
  #turn = 0;
  #failure: Error | null = null;

  /** @throws RangeError as `Loader` does */
  constructor(split: PackedSplit, options: LoaderOptions, { threads, depth }: PrefetchOptions) {
    this.#loader = new Loader(split, options);
    ({ stepsPerEpoch: this.stepsPerEpoch, length: this.length } = this.#loader);
    this.#depth = depth;
    this.#bytesPerImage = split.bytesPerImage;
    const most = Math.min(options.batchSize, this.length), { size, channels, augmentation, seed, fill = [] } = options;
    // The batch in use and the one before it stay untouched while those ahead are made.
    this.#slots = Array.from({ length: depth + 2 }, () => ({
      state: new SharedArrayBuffer(4), share: new SharedArrayBuffer(8), raw: new SharedArrayBuffer(most * split.bytesPerImage), images: new SharedArrayBuffer(most * split.bytesPerImage),
      indices: new SharedArrayBuffer(4 * most), labels: new SharedArrayBuffer(4 * most),
    }));
    this.#tasks = this.#slots.map(() => null);
    const workerData: AugmentWorkerData = { options: { size, channels, augmentation, seed, fill }, slots: this.#slots };
    this.#workers = Array.from({ length: threads }, () => {
      const worker = new Worker(new URL('./augmentWorker.ts', import.meta.url), { workerData });
      worker.on('error', (error: Error) => { this.#failure = error; });
      worker.unref();
      return worker;
    });
  }

  batch(epoch: number, stepInEpoch: number): Batch {
    if (!Number.isInteger(stepInEpoch) || stepInEpoch < 0 || stepInEpoch >= this.stepsPerEpoch) throw new RangeError(`step ${stepInEpoch} of an epoch of ${this.stepsPerEpoch}`);
    const places = this.#placesFrom(epoch, stepInEpoch), slots = places.map((at) => this.#find(at.epoch, at.stepInEpoch));
    // The batch given out last stays as it is, and so does what is made already of those wanted now: there is always one slot more.
    const kept = new Set<number | null>([this.#last, ...slots]);
    places.forEach((at, i) => {
      if (slots[i] !== null) return;
      const free = this.#slots.findIndex((_, number) => !kept.has(number));
      kept.add(free);
      slots[i] = free;
      this.#order(free, at.epoch, at.stepInEpoch);
    });
    const found = slots[0] ?? 0;
    this.#last = found;
    this.#wait(found);
    const slot = this.#slots[found] as AugmentSlot, { count } = this.#tasks[found] as AugmentTask, lam = new Float64Array(slot.share)[0] ?? -1, labels = new Int32Array(slot.labels, 0, count);
    return { images: new Uint8Array(slot.images, 0, count * this.#bytesPerImage), labels, indices: new Int32Array(slot.indices, 0, count), count, ...(lam >= 0 && { mix: { labels: labels.toReversed(), lam } }) };
  }

  classCounts(classes: number): number[] { return this.#loader.classCounts(classes); }

  async close(): Promise<void> { await Promise.all(this.#workers.map((worker) => worker.terminate())); }

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

  /** Reads the batch into the slot and gives it to the thread whose turn it is. */
  #order(number: number, epoch: number, stepInEpoch: number): void {
    const slot = this.#slots[number] as AugmentSlot, state = new Int32Array(slot.state);
    // A batch that was made ahead in vain, after a jump to another place, may still be in the making.
    if (Atomics.load(state, 0) === PENDING) this.#wait(number);
    const count = this.#loader.fill(epoch, stepInEpoch, { images: new Uint8Array(slot.raw), labels: new Int32Array(slot.labels), indices: new Int32Array(slot.indices) });
    const task = { slot: number, epoch, stepInEpoch, count };
    this.#tasks[number] = task;
    Atomics.store(state, 0, PENDING);
    this.#workers[this.#turn]?.postMessage(task);
    this.#turn = (this.#turn + 1) % this.#workers.length;
  }

  #wait(number: number): void {
    const state = new Int32Array((this.#slots[number] as AugmentSlot).state);
    Atomics.wait(state, 0, PENDING, PATIENCE_MS);
    const now = Atomics.load(state, 0);
    if (now === DONE) return;
    throw new Error(now === FAILED ? 'a batch could not be augmented; the log says why' : `no batch from the augmenting threads in ${PATIENCE_MS / 1000} s`, { cause: this.#failure });
  }
}
