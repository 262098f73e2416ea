/** Channel sums of pictures, and the mean and standard deviation of a set of them. */

export interface PictureSums {
  /** Mean of each channel over the picture's pixels, bytes 0–255. */
  readonly mean: readonly [number, number, number];
  /** Mean of the squares. */
  readonly meanSquare: readonly [number, number, number];
  /** All three channels are equal in every pixel. */
  readonly gray: boolean;
  /** Darkest and brightest byte of any channel. */
  readonly low: number;
  readonly high: number;
}

export function sumPicture(rgb: Uint8Array): PictureSums {
  let [r, g, b, rr, gg, bb, difference] = [0, 0, 0, 0, 0, 0, 0];
  let low = 255;
  let high = 0;
  for (let i = 0; i + 2 < rgb.length; i += 3) {
    const red = rgb[i]!;
    const green = rgb[i + 1]!;
    const blue = rgb[i + 2]!;
    r += red;
    g += green;
    b += blue;
    rr += red * red;
    gg += green * green;
    bb += blue * blue;
    difference |= (red ^ green) | (green ^ blue);
    if (red < low) low = red;
    if (green < low) low = green;
    if (blue < low) low = blue;
    if (red > high) high = red;
    if (green > high) high = green;
    if (blue > high) high = blue;
  }
  const pixels = rgb.length / 3;
  return {
    mean: [r / pixels, g / pixels, b / pixels],
    meanSquare: [rr / pixels, gg / pixels, bb / pixels],
    gray: difference === 0,
    low,
    high,
  };
}

/** Every picture counts the same, whatever its size: for pictures of one size this is the statistic over all pixels. */
export class ChannelStatistics {
  #count = 0;
  readonly #mean = [0, 0, 0];
  readonly #meanSquare = [0, 0, 0];

  add(sums: PictureSums): void {
    this.#count += 1;
    for (let c = 0; c < 3; c += 1) {
      this.#mean[c] = this.#mean[c]! + sums.mean[c]!;
      this.#meanSquare[c] = this.#meanSquare[c]! + sums.meanSquare[c]!;
    }
  }

  /** Mean and standard deviation on the scale 0–1, RGB order; rounded to 6 digits. */
  result(): { mean: number[]; std: number[] } {
    const mean = this.#mean.map((sum) => sum / Math.max(1, this.#count));
    const std = this.#meanSquare.map((sum, c) =>
      Math.sqrt(Math.max(0, sum / Math.max(1, this.#count) - mean[c]! ** 2)),
    );
    const scaled = (values: number[]): number[] => values.map((value) => Math.round((value / 255) * 1e6) / 1e6);
    return { mean: scaled(mean), std: scaled(std) };
  }
}
