import { rankOfLabel } from '../../../../pure/rank.ts';
import { probabilityMetrics, TOP } from '../../../evaluate/metrics.ts';

/** Figures of many pictures, a part at a time. */
export class ScoreSum {
  readonly #classes: number;
  /** The first of them are the data set's. */
  readonly #ofData: number;
  #count = 0;
  #labelled = 0;
  #top1 = 0;
  #top1OfData = 0;
  #top5 = 0;
  #loss = 0;

  constructor(classes: number, ofData: number) {
    this.#classes = classes;
    this.#ofData = ofData;
  }

  add(probabilities: Float32Array, labels: readonly number[]): void {
    const { labelled, top1, top5, logLoss } = probabilityMetrics(probabilities, labels, this.#classes);
    this.#count += labels.length;
    this.#labelled += labelled;
    this.#top1 += top1.correct;
    this.#top5 += top5.correct;
    this.#loss += (logLoss ?? 0) * labelled;
    if (this.#classes > this.#ofData) this.#top1OfData += this.#rightOfData(probabilities, labels);
  }

  /** Images whose class is the likeliest of the data set's own. */
  #rightOfData(probabilities: Float32Array, labels: readonly number[]): number {
    return labels.filter((label, image) => {
      if (label < 0) return false;
      const start = image * this.#classes;
      return rankOfLabel(probabilities.subarray(start, start + this.#ofData), this.#ofData, 0, label) === 0;
    }).length;
  }

  /** The other reading of the accuracy, where the network knows classes that the data set lacks. */
  notes(): string[] {
    if (this.#classes === this.#ofData || this.#labelled === 0) return [];
    const share = ((100 * this.#top1OfData) / this.#labelled).toFixed(2);
    return [
      `The network decides among all ${this.#classes} classes; among the ${this.#ofData} of the data set alone ` +
        `top-1 is ${share} %. The reading "subset" measures that.`,
    ];
  }

  result(): { count: number; classes: number; top1: number | null; top5: number | null; loss: number | null } {
    const share = (sum: number): number | null => (this.#labelled > 0 ? sum / this.#labelled : null);
    return {
      count: this.#count,
      classes: this.#classes,
      top1: share(this.#top1),
      top5: this.#classes > TOP ? share(this.#top5) : null,
      loss: share(this.#loss),
    };
  }
}
