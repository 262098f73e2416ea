/** What one network says by one protocol: written image by image, and summed up. */
import type { DeviceReport } from '../../../../contract/run.ts';
import { inColumns, labelIn, type ClassColumns } from '../../../evaluate/classColumns.ts';
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

  /** @param ofData how many of the first columns are the data set's classes */
  constructor(writer: ProbabilityWriter, columns: ClassColumns, outputs: number, ofData: number) {
    this.#writer = writer;
    this.#columns = columns;
    this.#outputs = outputs;
    this.#score = new ScoreSum(columns.outputOf.length, ofData);
  }

  /** `scores`: `[images, outputs]`. */
  async add(scores: Float32Array, images: readonly LabelledImage[], computedMs: number): Promise<void> {
    this.computedMs += computedMs;
    const probabilities = inColumns(scores, this.#outputs, this.#columns);
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

  notes(): string[] {
    return this.#score.notes();
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
