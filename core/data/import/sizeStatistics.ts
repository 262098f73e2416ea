/** Picture sizes of a data set: extremes and the most frequent one. */
import type { DatasetCard } from '../../../contract/dataset.ts';

/** Share of the pictures that the most frequent size must have to be named. */
const NAMED_SHARE = 0.1;

export class SizeStatistics {
  readonly #counts = new Map<string, number>();
  #total = 0;
  #widths = [Infinity, 0] as [number, number];
  #heights = [Infinity, 0] as [number, number];

  add(width: number, height: number): void {
    const name = `${width}x${height}`;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    this.#total += 1;
    this.#widths = [Math.min(this.#widths[0], width), Math.max(this.#widths[1], width)];
    this.#heights = [Math.min(this.#heights[0], height), Math.max(this.#heights[1], height)];
  }

  /** Null when no size has at least a tenth of the pictures. */
  mostFrequent(): DatasetCard['nativeSize'] {
    let best: [string, number] = ['', 0];
    for (const entry of this.#counts) if (entry[1] > best[1]) best = entry;
    if (best[1] === 0 || best[1] < this.#total * NAMED_SHARE) return null;
    const [width = 0, height = 0] = best[0].split('x').map(Number);
    return { width, height };
  }

  extremes(): DatasetCard['sizes'] {
    return {
      minWidth: this.#widths[0],
      maxWidth: this.#widths[1],
      minHeight: this.#heights[0],
      maxHeight: this.#heights[1],
    };
  }
}
