/** From views to one row of probabilities a picture. */
import type { ResolvedProtocol } from '../../contract/protocol.ts';
import { softmaxRows } from '../train/scores.ts';
import type { Inference } from './trainedNetwork.ts';

/** Mean of each picture's rows: `[pictures · views, classes]` → `[pictures, classes]`, added in double precision. */
export function meanOfViews(rows: Float32Array, pictures: number, classes: number): Float32Array {
  const views = rows.length / classes / pictures, out = new Float32Array(pictures * classes);
  if (views === 1) return rows;
  for (let p = 0; p < pictures; p++) {
    for (let c = 0; c < classes; c++) {
      let sum = 0;
      for (let v = 0; v < views; v++) sum += rows[(p * views + v) * classes + c]!;
      out[p * classes + c] = sum / views;
    }
  }
  return out;
}

/** Probabilities `[pictures, classes]`: the mean over each picture's views of their probabilities, or the softmax of the mean of their logits. */
export function probabilitiesOf(views: Float32Array, pictures: number, { network, classes, average, batchSize }: { network: Inference; classes: number; average: ResolvedProtocol['average']; batchSize: number }): Float32Array {
  const { valuesPerView } = network, count = views.length / valuesPerView, logits = new Float32Array(count * classes);
  for (let from = 0; from < count; from += batchSize) logits.set(network.logits(views.subarray(from * valuesPerView, Math.min(count, from + batchSize) * valuesPerView)), from * classes);
  if (average === 'logits') return softmaxRows(meanOfViews(logits, pictures, classes), classes);
  return meanOfViews(softmaxRows(logits, classes), pictures, classes);
}
