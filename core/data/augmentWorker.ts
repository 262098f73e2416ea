/** A thread that augments batches in shared memory; `AugmentThreads` is its other end. */
import { parentPort, workerData } from 'node:worker_threads';
import { DONE, FAILED, type AugmentTask, type AugmentWorkerData } from './augmentProtocol.ts';
import { BatchAugmenter } from './batchAugmenter.ts';

const { options, slots } = workerData as AugmentWorkerData, augmenter = new BatchAugmenter(options), bytes = options.size ** 2 * options.channels;

parentPort?.on('message', ({ slot: number, epoch, stepInEpoch, count }: AugmentTask) => {
  const slot = slots[number];
  if (!slot) return;
  const state = new Int32Array(slot.state), images = new Uint8Array(slot.images, 0, count * bytes), raw = new Uint8Array(slot.raw, 0, count * bytes);
  try {
    if (augmenter.changes) augmenter.augment(raw, images, new Int32Array(slot.indices, 0, count), epoch);
    else images.set(raw);
    new Float64Array(slot.share)[0] = augmenter.mix(images, count, epoch, stepInEpoch) ?? -1;
    Atomics.store(state, 0, DONE);
  } catch (error) {
    console.error(error);
    Atomics.store(state, 0, FAILED);
  }
  Atomics.notify(state, 0);
});
