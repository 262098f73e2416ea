/** A thread that makes batches in shared memory; `PrefetchingLoader` is its other end. */
import { parentPort, workerData } from 'node:worker_threads';
import { DONE, FAILED, writeProblem, type AugmentTask, type AugmentWorkerData } from './augmentMessages.ts';
import { BatchAugmenter } from '../augment/batchAugmenter.ts';
import { ChangedPicture, decodeBatch } from './decodeBatch.ts';

const { options, slots, decoding } = workerData as AugmentWorkerData;
const augmenter = new BatchAugmenter(options);
const bytes = options.size ** 2 * options.channels;

async function make(task: AugmentTask): Promise<void> {
  const { slot: number, epoch, stepInEpoch, count, files } = task;
  const slot = slots[number];
  if (!slot) return;
  const state = new Int32Array(slot.state);
  const images = new Uint8Array(slot.images, 0, count * bytes);
  const indices = new Int32Array(slot.indices, 0, count);
  const copies = new Int32Array(slot.copies, 0, count);
  const raw = new Uint8Array(slot.raw, 0, decoding?.crops ? 0 : count * bytes);
  try {
    if (files && decoding) await decodeBatch(task, { indices, copies }, decoding, augmenter, raw, images);
    if (!decoding?.crops) {
      if (augmenter.changes) augmenter.augment(raw, images, { epoch, indices, copies });
      else images.set(raw);
    }
    new Float64Array(slot.share)[0] = augmenter.mix(images, count, epoch, stepInEpoch) ?? -1;
    Atomics.store(state, 0, DONE);
  } catch (error) {
    if (!(error instanceof ChangedPicture)) console.error(error);
    writeProblem(
      slot.problem,
      error instanceof ChangedPicture
        ? { reason: error.message, path: error.path, unreachable: error.unreachable }
        : { reason: error instanceof Error ? error.message : String(error) },
    );
    Atomics.store(state, 0, FAILED);
  }
  Atomics.notify(state, 0);
}

// One batch after another, so that the one asked for first is done first.
let turn = Promise.resolve();
parentPort?.on('message', (task: AugmentTask) => {
  turn = turn.then(() => make(task));
});
