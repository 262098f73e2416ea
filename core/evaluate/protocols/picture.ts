/** Decoded pictures on their way to a network. */

/** 8-bit pixels, row-major, channels last. */
export interface Picture {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** The same with any values. */
export interface FloatPicture {
  readonly pixels: Float32Array;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}
