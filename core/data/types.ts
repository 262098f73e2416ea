/** What training, evaluation and prediction see of a data set: bytes and labels by index, from the packed cache. */
import type { Interpolation } from '../../contract/inputSpec.ts';
import type { ValueRange } from '../../contract/valueRange.ts';
import type { ColorMode, DatasetCard, Fit, Split } from '../../contract/dataset.ts';

export interface PackKey {
  /** Side of the square pictures, pixels. */
  readonly size: number;
  readonly color: ColorMode;
  readonly fit: Fit;
  readonly interpolation: Interpolation;
  /** How samples wider than a byte are read; not at all without it. */
  readonly valueRange?: ValueRange | undefined;
}

/** The pictures of one split, by number. */
export interface SplitView {
  readonly length: number;
  /** Class of each picture; −1 where it has none. */
  readonly labels: Int32Array;
  /** Path of picture `index` relative to the data set's root, with `/`. */
  pathOf(index: number): string;
  /**
   * Place of picture `index` in the imported split, where an overlay leaves pictures out; without this the two are the
   * same.
   */
  positionOf?(index: number): number;
}

/** One split of a packed cache: `length` pictures of `size × size × channels` bytes, row-major, channels last. */
export interface PackedSplit extends SplitView {
  readonly bytesPerImage: number;
  /** Copies the pictures at `indices` one after another into `out`; throws `file.damaged` when the file ends early. */
  read(indices: ArrayLike<number>, out: Uint8Array): void;
}

/** A picture file as it was at import. */
export interface ImportedFile {
  /** Absolute. */
  readonly path: string;
  /** Pixels, after rotation. */
  readonly width: number;
  readonly height: number;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  /** By its bytes; missing in imports of earlier versions. */
  readonly contentKey?: number | undefined;
}

/** One split whose pictures stay files. */
export interface FileSplit extends SplitView {
  fileOf(index: number): ImportedFile;
}

export interface PackedCache {
  readonly key: PackKey;
  readonly channels: number;
  /** Pictures in whose places it has zeros, as `split/path`. */
  readonly blank: readonly string[];
  split(split: Split): PackedSplit | null;
  close(): void;
}

export interface OpenDataset {
  readonly card: DatasetCard;
  /** Folder of the data set inside Quorum's data directory: card, index, quarantine list, packed caches. */
  readonly directory: string;
}
