/**
 * What is worth knowing about the pixels of a set before it is trained on: what was left out of images, and ranges that
 * are all but black.
 */
import type { PictureReport } from '../pictures/decodeMessages.ts';

/** A tenth of the range of a byte. */
const DIM_RANGE = 26;
/** A fiftieth of it: a few stray values may stretch the range of images that are all but one colour. */
const FLAT_DEVIATION = 5.1;

export class ImageNotes {
  readonly #leftOut = new Map<string, number>();
  #low = 255;
  #high = 0;
  #count = 0;
  readonly #mean = [0, 0, 0];
  readonly #meanSquare = [0, 0, 0];

  add(report: Extract<PictureReport, { ok: true }>): void {
    this.#count += 1;
    this.#low = Math.min(this.#low, report.sums.low);
    this.#high = Math.max(this.#high, report.sums.high);
    for (const c of [0, 1, 2]) {
      this.#mean[c]! += report.sums.mean[c]!;
      this.#meanSquare[c]! += report.sums.meanSquare[c]!;
    }
    if (report.note !== undefined) this.#leftOut.set(report.note, (this.#leftOut.get(report.note) ?? 0) + 1);
  }

  list(): string[] {
    const notes = [...this.#leftOut].map(([what, count]) => `${count.toLocaleString('en')} images: ${what}`);
    const [low, high] = [this.#low, this.#high];
    if (this.#count === 0) return notes;
    if (high - low >= DIM_RANGE)
      return this.#deviation() >= FLAT_DEVIATION
        ? notes
        : [...notes, 'WARNING: nearly all pixels of all images have one value: there is next to nothing to learn'];
    return [
      ...notes,
      high === low
        ? `WARNING: every pixel of the images has the value ${low}: there is nothing to learn`
        : `WARNING: the images only use the values ${low} to ${high} of 255. Where 12 bits were saved in 16, or ` +
          'values from 0 to 1 in bytes, import again with a range of values (--value-range percentiles), or scale them',
    ];
  }

  /** Of the channel that varies most, over all images, in bytes. */
  #deviation(): number {
    const variances = this.#mean.map((sum, c) => this.#meanSquare[c]! / this.#count - (sum / this.#count) ** 2);
    return Math.sqrt(Math.max(0, ...variances));
  }
}
