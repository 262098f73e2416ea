/** From views to one row of probabilities a picture. */
import type { ResolvedProtocol } from '../../contract/protocol.ts';
import type { ViewSize } from '../evaluate/protocols/views.ts';
import { softmaxRows } from '../train/scores.ts';
import type { Inference } from './trainedNetwork.ts';

/** Mean of each picture's rows: `[pictures · views, classes]` → `[pictures, classes]`, added in double precision. */
export function meanOfViews(rows: Float32Array, pictures: number, classes: number): Float32Array {
  const views = rows.length / classes / pictures;
  const out = new Float32Array(pictures * classes);
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

/** Views of one protocol: their values one after another, and their sizes where they are not all `crop` squares. */
export interface ScoredViews {
  readonly pixels: Float32Array;
  readonly sizes: readonly ViewSize[];
}
export interface ScoreOptions {
  readonly network: Inference;
  readonly classes: number;
  readonly average: ResolvedProtocol['average'];
  readonly crop: number;
  readonly batchSize: number;
}

/**
 * Probabilities `[pictures, classes]`: the mean over each picture's views of their probabilities, or the softmax of the
 * mean of their logits.
 */
export function probabilitiesOf(views: ScoredViews, pictures: number, options: ScoreOptions): Float32Array {
  const { classes, average } = options;
  const logits = views.sizes.length === 0 ? logitsOfSquares(views.pixels, options) : logitsOfSizes(views, options);
  if (average === 'logits') return softmaxRows(meanOfViews(logits, pictures, classes), classes);
  return meanOfViews(softmaxRows(logits, classes), pictures, classes);
}

function logitsOfSquares(pixels: Float32Array, { network, classes, crop, batchSize }: ScoreOptions): Float32Array {
  const size: ViewSize = { height: crop, width: crop };
  const perView = crop * crop * network.channels;
  const count = pixels.length / perView;
  const logits = new Float32Array(count * classes);
  for (let from = 0; from < count; from += batchSize)
    logits.set(
      network.logits(pixels.subarray(from * perView, Math.min(count, from + batchSize) * perView), size),
      from * classes,
    );
  return logits;
}

/** Views of one size go together, wherever they stand. */
function logitsOfSizes({ pixels, sizes }: ScoredViews, { network, classes, batchSize }: ScoreOptions): Float32Array {
  let offset = 0;
  const parts = sizes.map(({ height, width }) =>
    pixels.subarray(offset, (offset += height * width * network.channels)),
  );
  const logits = new Float32Array(sizes.length * classes);
  const groups = Map.groupBy(sizes.keys(), (i) => `${sizes[i]!.height} ${sizes[i]!.width}`);
  for (const group of groups.values()) {
    const size = sizes[group[0]!]!;
    const perView = size.height * size.width * network.channels;
    for (let from = 0; from < group.length; from += batchSize) {
      const members = group.slice(from, from + batchSize);
      const batch = new Float32Array(members.length * perView);
      members.forEach((view, k) => {
        batch.set(parts[view]!, k * perView);
      });
      const rows = network.logits(batch, size);
      members.forEach((view, k) => {
        logits.set(rows.subarray(k * classes, (k + 1) * classes), view * classes);
      });
    }
  }
  return logits;
}
