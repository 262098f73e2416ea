/**
 * What happens to a pixel before the first layer, everywhere: input = (value / scale − mean) / std, channel by channel.
 */

export interface Normalisation {
  readonly scale: number;
  /** One value a channel, in the order that the network sees them. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** What the network sees of `value` in its `channel`. */
export function normalised({ scale, mean, std }: Normalisation, value: number, channel: number): number {
  return (value / scale - mean[channel]!) / std[channel]!;
}

/** The same as one multiplication and one addition a channel, as a program computes it: value · factor + offset. */
export function asFactorAndOffset({ scale, mean, std }: Normalisation): { factor: number[]; offset: number[] } {
  return {
    factor: std.map((deviation) => 1 / (scale * deviation)),
    offset: std.map((deviation, channel) => -mean[channel]! / deviation),
  };
}

/** Which of a picture's `channels` the network sees as its `channel`: pictures are red, green, blue. */
export function pictureChannel(channel: number, channels: number, order: 'rgb' | 'bgr'): number {
  return order === 'bgr' ? channels - 1 - channel : channel;
}

/** Pixels `[…, channels]` in the picture's order as the network sees them, into a new array of the same shape. */
export function normalisedPixels(
  pixels: ArrayLike<number>,
  normalisation: Normalisation,
  order: 'rgb' | 'bgr',
): Float32Array {
  const channels = normalisation.mean.length;
  const out = new Float32Array(pixels.length);
  for (let channel = 0; channel < channels; channel++) {
    const from = pictureChannel(channel, channels, order);
    for (let i = 0; i < pixels.length; i += channels)
      out[i + channel] = normalised(normalisation, pixels[i + from]!, channel);
  }
  return out;
}
