/** What the loader and its augmenting threads share. */
import type { AugmenterOptions } from './batchAugmenter.ts';

export const PENDING = 1;
export const DONE = 2;
export const FAILED = 3;

/** Memory of one batch. `state` is one int32, `share` one float64: the own pictures' share after mixing, −1 without. */
export interface AugmentSlot { readonly state: SharedArrayBuffer; readonly share: SharedArrayBuffer; readonly raw: SharedArrayBuffer; readonly images: SharedArrayBuffer; readonly indices: SharedArrayBuffer; readonly labels: SharedArrayBuffer }
export interface AugmentTask { readonly slot: number; readonly epoch: number; readonly stepInEpoch: number; readonly count: number }
export interface AugmentWorkerData { readonly options: AugmenterOptions; readonly slots: readonly AugmentSlot[] }
