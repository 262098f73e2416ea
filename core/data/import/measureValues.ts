/** The values of a set's samples that are wider than a byte: what a range of values is found in. */
import { PERCENTILES, type ValueRange, type ValueRangeRule } from '../../../contract/valueRange.ts';
import type { OnProgress } from '../../../contract/progress.ts';
import { StudioError } from '../../../contract/errors.ts';
import { readPictureHeader } from '../pictures/pictureHeader.ts';
import { readPictureFile } from '../pictures/readPictureFile.ts';
import { readWideSamples, type WideSamples } from '../pictures/wideSamples.ts';
import type { FileTree } from '../sources/fileTree.ts';
import { ProgressMeter } from './progressMeter.ts';

/** Values that are kept to find percentiles; the least and the greatest are of all values. */
const KEPT_VALUES = 4_000_000;
const LEAST_KEPT = 16;
const MAX_PIXELS = 100_000_000;
const IN_FLIGHT = 4;

/**
 * Reads the images at `paths`; null where none has samples wider than a byte.
 * @throws signal.reason when aborted
 */
export async function measureValues(
  tree: FileTree,
  paths: readonly string[],
  env: { readonly onProgress?: OnProgress; readonly signal?: AbortSignal } = {},
): Promise<WideValues | null> {
  const values = new WideValues(Math.max(LEAST_KEPT, Math.ceil(KEPT_VALUES / Math.max(1, paths.length))));
  const progress = new ProgressMeter('scan', paths.length, env.onProgress);
  let [next, done] = [0, 0];
  const lane = async (): Promise<void> => {
    while (next < paths.length) {
      const path = paths[next++]!;
      env.signal?.throwIfAborted();
      const wide = await wideSamplesOf(tree.file(path));
      if (wide !== null) values.add(path, wide);
      progress.update(++done);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  return values.paths.length > 0 ? values : null;
}

/** Null for images of bytes, and for damaged ones: the import itself meets these again and names them. */
async function wideSamplesOf(path: string): Promise<WideSamples | null> {
  try {
    const bytes = readPictureFile(path, { sizeBytes: -1, modifiedMs: -1 });
    const header = readPictureHeader(bytes);
    return header?.wide === true ? await readWideSamples(bytes, header, MAX_PIXELS) : null;
  } catch {
    return null;
  }
}

/** Least and greatest of all finite values, and an even part of them, in which percentiles are found. */
export class WideValues {
  /** Of the images that have such samples. */
  readonly paths: string[] = [];
  readonly #perImage: number;
  readonly #kept: number[] = [];
  #least = Infinity;
  #greatest = -Infinity;

  constructor(perImage: number) {
    this.#perImage = perImage;
  }

  add(path: string, { samples }: WideSamples): void {
    this.paths.push(path);
    const every = Math.max(1, Math.floor(samples.length / this.#perImage));
    for (let i = 0; i < samples.length; i += 1) {
      const value = samples[i]!;
      if (!Number.isFinite(value)) continue;
      this.#least = Math.min(this.#least, value);
      this.#greatest = Math.max(this.#greatest, value);
      if (i % every === 0) this.#kept.push(value);
    }
  }

  /** @throws {StudioError} dataset.layoutMismatch: by that rule there is no range, since all values are the same */
  range(rule: ValueRangeRule): ValueRange {
    const range = typeof rule === 'object' ? rule : this.#measured(rule);
    if (range.high > range.low) return range;
    throw new StudioError(
      'dataset.layoutMismatch',
      `The values of the ${this.#images()} with samples wider than a byte are ` +
        (this.#least === this.#greatest
          ? `all ${shown(this.#least)}.`
          : `nearly all ${shown(range.low)}, from ${shown(this.#least)} to ${shown(this.#greatest)}.`),
      { remedy: 'Look whether these are the right files. If they are, give a range of values: LOW,HIGH.' },
    );
  }

  /** What the rule makes of the values, in words. */
  describe(rule: ValueRangeRule): string {
    const { low, high } = this.range(rule);
    const from =
      typeof rule === 'object'
        ? 'as given'
        : rule === 'data'
          ? 'the least and the greatest value of the training images'
          : `the percentiles ${PERCENTILES.map((share) => share * 100).join(' and ')} of the training images`;
    return (
      `${this.#images()} with samples wider than a byte, values ${shown(this.#least)} to ${shown(this.#greatest)}: ` +
      `${shown(low)} is black and ${shown(high)} white (${from})`
    );
  }

  #measured(rule: 'data' | 'percentiles'): ValueRange {
    if (rule === 'data' || this.#kept.length === 0) return { low: this.#least, high: this.#greatest };
    const sorted = Float64Array.from(this.#kept).sort();
    const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))]!;
    return { low: at(PERCENTILES[0]), high: at(PERCENTILES[1]) };
  }

  #images(): string {
    const { length } = this.paths;
    return length === 1 ? '1 training image' : `${length.toLocaleString('en')} training images`;
  }
}

/** Six digits say enough. */
function shown(value: number): string {
  return String(Number(value.toPrecision(6)));
}
