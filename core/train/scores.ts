/** Loss and accuracy from logits, in float64 on the host. */
import { rankOfLabel } from '../../pure/rank.ts';

export interface Scores {
  readonly count: number;
  readonly lossSum: number;
  readonly top1: number;
  readonly top5: number;
}

export const NO_SCORES: Scores = { count: 0, lossSum: 0, top1: 0, top5: 0 };

/** Adds a batch of `logits` `[labels.length, classes]`; unlabelled (−1) are left out. */
export function addScores(sum: Scores, logits: Float32Array, labels: Int32Array, classes: number): Scores {
  let { count, lossSum, top1, top5 } = sum;
  for (let n = 0; n < labels.length; n++) {
    const label = labels[n]!;
    if (label < 0) continue;
    const row = logits.subarray(n * classes, (n + 1) * classes);
    const own = row[label]!;
    let max = -Infinity;
    for (const logit of row) if (logit > max) max = logit;
    let total = 0;
    for (const logit of row) total += Math.exp(logit - max);
    count++;
    lossSum += Math.log(total) + max - own;
    if (Number.isNaN(own)) continue;
    const rank = rankOfLabel(logits, classes, n, label);
    if (rank < 1) top1++;
    if (rank < 5) top5++;
  }
  return { count, lossSum, top1, top5 };
}

/** Softmax of each row of `logits` `[rows, classes]`, into a new array. */
export function softmaxRows(logits: Float32Array, classes: number): Float32Array {
  const out = new Float32Array(logits.length);
  for (let from = 0; from < logits.length; from += classes) {
    let max = -Infinity;
    let total = 0;
    for (let c = 0; c < classes; c++) max = Math.max(max, logits[from + c]!);
    for (let c = 0; c < classes; c++) total += Math.exp(logits[from + c]! - max);
    for (let c = 0; c < classes; c++) out[from + c] = Math.exp(logits[from + c]! - max) / total;
  }
  return out;
}
