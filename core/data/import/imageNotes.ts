/**
 * What is worth knowing about the pixels of a set before it is trained on: what was left out of images, and ranges that
 * are all but black.
 */
import type { PictureReport } from '../pictures/decodeMessages.ts';

/** A tenth of the range of a byte. */
const DIM_RANGE = 26;

export class ImageNotes {
  readonly #leftOut = new Map<string, number>();
  #low = 255;
  #high = 0;
  #count = 0;

  add(report: Extract<PictureReport, { ok: true }>): void {
    this.#count += 1;
    this.#low = Math.min(this.#low, report.sums.low);
    this.#high = Math.max(this.#high, report.sums.high);
    if (report.note !== undefined) this.#leftOut.set(report.note, (this.#leftOut.get(report.note) ?? 0) + 1);
  }

  list(): string[] {
    const notes = [...this.#leftOut].map(([what, count]) => `${count.toLocaleString('en')} images: ${what}`);
    const [low, high] = [this.#low, this.#high];
    if (this.#count === 0 || high - low >= DIM_RANGE) return notes;
    return [
      ...notes,
      high === low
        ? `WARNING: every pixel of the images has the value ${low}: there is nothing to learn`
        : `WARNING: the images only use the values ${low} to ${high} of 255. Where 12 bits were saved in 16, or ` +
          'values from 0 to 1 in bytes, scale them to the whole range and import again',
    ];
  }
}
