/** What every reader of foreign weights returns. */
import type { DType } from './dtype.ts';

export type WeightFormat =
  'safetensors' | 'npy' | 'npz' | 'pickle' | 'pytorch' | 'keras-h5' | 'keras' | 'caffemodel' | 'tf-checkpoint';

/** One tensor of an open file; its bytes stay on disk until `read`. */
export interface WeightTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /**
   * Row-major values, decoded to float32, in an array of the caller's own.
   * @throws {StudioError} weights.damaged
   */
  read(): Float32Array;
}

/** An open weight file. `close` ends its reads. */
export interface WeightFile {
  readonly format: WeightFormat;
  readonly path: string;
  /** Everything it is read from, where that is more than `path`. */
  readonly files?: readonly string[];
  readonly tensors: ReadonlyMap<string, WeightTensor>;
  /** Text that the file carries about itself. */
  readonly metadata: ReadonlyMap<string, string>;
  /** What the file's BatchNorm layers add to variances, by layer, as far as it says so. */
  readonly epsilons?: ReadonlyMap<string, number>;
  /** Names of its parts that weights can be taken from, where it holds several; one of them may be asked for. */
  readonly parts?: readonly string[];
  /** What the reader did or noticed that a user should know, one sentence each. */
  readonly notes: readonly string[];
  close(): void;
}
