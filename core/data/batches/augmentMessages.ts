/** What the loader and its threads share. */
import type { AugmenterOptions } from '../augment/batchAugmenter.ts';
import type { ImportedFile, PackKey } from '../types.ts';

export const PENDING = 1;
export const DONE = 2;
export const FAILED = 3;

/**
 * Memory of one batch. `state` is one int32, `share` one float64: the own pictures' share after mixing, −1 without.
 * `problem`: length and UTF-8 of a `BatchProblem` after a failure.
 */
export interface AugmentSlot {
  readonly state: SharedArrayBuffer;
  readonly share: SharedArrayBuffer;
  readonly raw: SharedArrayBuffer;
  readonly images: SharedArrayBuffer;
  readonly indices: SharedArrayBuffer;
  readonly copies: SharedArrayBuffer;
  readonly labels: SharedArrayBuffer;
  readonly problem: SharedArrayBuffer;
}

/**
 * How pictures that stay files become those of a batch: as the packed cache of `key` would hold them, or, with `crops`,
 * the random resized crop of the picture in its own size.
 */
export interface FileDecoding {
  readonly key: PackKey;
  readonly crops: boolean;
}

/** `files`: where the pictures are read from; without, they lie in the slot's `raw`. */
export interface AugmentTask {
  readonly slot: number;
  readonly epoch: number;
  readonly stepInEpoch: number;
  readonly count: number;
  readonly files?: readonly ImportedFile[];
}
export interface AugmentWorkerData {
  readonly options: AugmenterOptions;
  readonly slots: readonly AugmentSlot[];
  readonly decoding: FileDecoding | null;
}

/**
 * Why a batch could not be made. `path`: the picture that is no longer what it was at import; `unreachable`: nothing
 * can be said about it, its disk or server does not answer.
 */
export interface BatchProblem {
  readonly reason: string;
  readonly path?: string;
  readonly unreachable?: boolean;
}

const PROBLEM_BYTES = 4096;

export function problemBuffer(): SharedArrayBuffer {
  return new SharedArrayBuffer(4 + PROBLEM_BYTES);
}

export function writeProblem(buffer: SharedArrayBuffer, problem: BatchProblem): void {
  const bytes = Buffer.from(JSON.stringify({ ...problem, reason: problem.reason.slice(0, 500) }));
  new Int32Array(buffer, 0, 1)[0] = Math.min(bytes.length, PROBLEM_BYTES);
  new Uint8Array(buffer, 4).set(bytes.subarray(0, PROBLEM_BYTES));
}

export function readProblem(buffer: SharedArrayBuffer): BatchProblem {
  const length = new Int32Array(buffer, 0, 1)[0]!;
  try {
    return JSON.parse(Buffer.from(new Uint8Array(buffer, 4, length)).toString()) as BatchProblem;
  } catch {
    return { reason: 'the log says why' };
  }
}
