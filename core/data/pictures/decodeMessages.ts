/** What the decode pool and its threads say to each other. */
import type { PictureSums } from './pictureStatistics.ts';
import type { ValueRange } from '../../../contract/valueRange.ts';
import type { PackKey } from '../types.ts';

export type DecodeJob =
  /**
   * Decode as it is, measure; send the pixels back only for squares whose side is `keepSide` (any side when it is 0,
   * none when null).
   */
  | {
      readonly kind: 'inspect';
      readonly keepSide: number | null;
      /** How samples wider than a byte are read; not at all without it. */
      readonly valueRange?: ValueRange | undefined;
    }
  /** Fitted to a square; `hashed`: with the SHA-256 of the encoded file. */
  | { readonly kind: 'pack'; readonly key: PackKey; readonly hashed?: boolean };

export interface DecodeRequest {
  readonly id: number;
  /** Absolute; null where nothing is to be read: its report is not ok. */
  readonly paths: readonly (string | null)[];
  readonly job: DecodeJob;
}

export interface FileFacts {
  /**
   * Size of the encoded file, bytes, and time of its last change, whole milliseconds; −1 when it could not be opened.
   */
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

export type PictureReport =
  | (FileFacts & { readonly ok: false; readonly reason: string })
  | (FileFacts & {
      readonly ok: true;
      readonly width: number;
      readonly height: number;
      readonly sums: PictureSums;
      /** First 48 bits of the SHA-1 of the encoded file, to find duplicates. */
      readonly contentKey: number;
      /** SHA-256 of the encoded file, hexadecimal, where it was asked for. */
      readonly sha256?: string;
      /** Bytes of this picture in the reply's `pixels`; 0 when they were not kept. */
      readonly pixelBytes: number;
      /** What was left out of it, where anything was. */
      readonly note?: string;
    });

export interface DecodeReply {
  readonly id: number;
  readonly reports: readonly PictureReport[];
  readonly pixels: Uint8Array;
}

/**
 * Squares above this side are not packed while they are imported: sets of large pictures are rarely all of one size.
 */
export const MAX_NATIVE_SIDE = 256;
