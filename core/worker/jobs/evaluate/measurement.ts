/** What one network says by one protocol: written image by image, and summed up. */
import { StudioError } from '../../../../contract/errors.ts';
import type { DeviceReport } from '../../../../contract/run.ts';
import { labelIn, readInColumns, type ClassColumns } from '../../../evaluate/classColumns.ts';
import type { ProbabilityWriter } from '../../../evaluate/probabilityFile.ts';
import type { EvaluateResult } from './messages.ts';
import { ScoreSum } from './scoreSum.ts';

export interface LabelledImage {
  readonly path: string;
  /** −1 without a label. */
  readonly label: number;
}

export interface SkippedImage {
  readonly path: string;
  readonly reason: string;
}

export class Measurement {
  /** What the network took, milliseconds. */
  computedMs = 0;
  readonly #writer: ProbabilityWriter;
  readonly #columns: ClassColumns;
  /** Classes that the network tells apart. */
  readonly #outputs: number;
  readonly #score: ScoreSum;
  readonly #paths: string[] = [];
  readonly #labels: number[] = [];
  readonly #skipped: SkippedImage[] = [];
  /** Of the images whose views coincide in part: how many, and the fewest views that differ. */
  #alike = { images: 0, different: Infinity, views: 0 };

  /** @param ofData how many of the first columns are the data set's classes */
  constructor(writer: ProbabilityWriter, columns: ClassColumns, outputs: number, ofData: number) {
    this.#writer = writer;
    this.#columns = columns;
    this.#outputs = outputs;
    this.#score = new ScoreSum(columns.outputOf.length, ofData);
  }

  /**
   * `scores`: `[images, outputs]`.
   * @throws {StudioError} `prediction.invalid`: scores that are no finite numbers, which would make every image the
   *   first class
   */
  async add(scores: Float32Array, images: readonly LabelledImage[], computedMs: number): Promise<void> {
    const bad = scores.findIndex((score) => !Number.isFinite(score));
    if (bad >= 0)
      throw new StudioError(
        'prediction.invalid',
        `The network's scores for ${images[Math.floor(bad / this.#outputs)]!.path} are no numbers.`,
        { remedy: 'Use other weights, or an earlier checkpoint of the run.' },
      );
    this.computedMs += computedMs;
    const probabilities = readInColumns(scores, this.#outputs, this.#columns);
    const labels = images.map(({ label }) => labelIn(this.#columns, label));
    this.#score.add(probabilities, labels);
    for (const { path } of images) this.#paths.push(path);
    this.#labels.push(...labels);
    await this.#writer.append(probabilities);
  }

  get count(): number {
    return this.#paths.length;
  }

  skip(images: readonly SkippedImage[]): void {
    this.#skipped.push(...images);
  }

  /** How many of the `views` of each image differ. */
  seen(different: readonly number[], views: number): void {
    const fewer = different.filter((count) => count < views);
    this.#alike = {
      images: this.#alike.images + fewer.length,
      different: Math.min(this.#alike.different, ...fewer),
      views,
    };
  }

  notes(): string[] {
    const { images, different, views } = this.#alike;
    if (images === 0) return this.#score.notes();
    return [
      `In ${images.toLocaleString('en')} of ${this.count.toLocaleString('en')} images some views are the same, since ` +
        `the crop is as large as the image, or nearly: ${different} of the ${views} views differ.`,
      ...this.#score.notes(),
    ];
  }

  async finish(device: DeviceReport): Promise<EvaluateResult['scores'][number]> {
    const { ids, names } = this.#columns.classes;
    const imagesPerSec = this.computedMs > 0 ? (1000 * this.#paths.length) / this.computedMs : 0;
    await this.#writer.finish({
      classNames: [...names],
      classIds: [...ids],
      paths: this.#paths,
      labels: this.#labels,
      skipped: this.#skipped,
      device,
      imagesPerSec,
    });
    return { ...this.#score.result(), imagesPerSec };
  }

  discard(): Promise<void> {
    return this.#writer.discard();
  }
}
