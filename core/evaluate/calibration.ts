/**
 * Do probabilities mean what they say? Reliability bins and expected calibration error (Guo et al. 2017,
 * arXiv:1706.04599).
 */
import { StudioError } from '../../contract/errors.ts';
import { topClass } from './vote.ts';

export interface ReliabilityBin {
  /** Confidences above `low`, up to and including `high`; the first bin takes 0 too. */
  readonly low: number;
  readonly high: number;
  readonly count: number;
  /** Mean probability of the decided class; null in an empty bin. */
  readonly confidence: number | null;
  readonly accuracy: number | null;
}

export interface Calibration {
  readonly labelled: number;
  readonly bins: ReliabilityBin[];
  /** Mean |confidence − accuracy| over the labelled images, bin by bin; null where nothing is labelled. */
  readonly expectedError: number | null;
  readonly largestError: number | null;
}

/**
 * Calibration of the decided class's probability over bins of equal width; label −1 is skipped.
 * @throws {StudioError} `prediction.classMismatch`, `prediction.invalid`
 */
export function calibration(
  probabilities: Float32Array,
  labels: ArrayLike<number>,
  classes: number,
  binCount = 15,
): Calibration {
  if (probabilities.length !== labels.length * classes) {
    throw new StudioError(
      'prediction.classMismatch',
      `${probabilities.length} probabilities for ${labels.length} labels of ${classes} classes.`,
      { remedy: 'Use the predictions and the labels of the same images.' },
    );
  }
  const decided = topClass(probabilities, classes);
  const counts = new Float64Array(binCount);
  const sums = new Float64Array(binCount);
  const correct = new Float64Array(binCount);
  let labelled = 0;
  for (let image = 0; image < labels.length; image++) {
    if (labels[image]! < 0) continue;
    const confidence = Math.min(1, probabilities[image * classes + decided[image]!]!);
    const bin = Math.max(0, Math.ceil(confidence * binCount) - 1);
    counts[bin]!++;
    sums[bin]! += confidence;
    if (decided[image] === labels[image]) correct[bin]!++;
    labelled++;
  }
  const bins = Array.from(counts, (count, bin): ReliabilityBin => ({
    low: bin / binCount,
    high: (bin + 1) / binCount,
    count,
    confidence: count > 0 ? sums[bin]! / count : null,
    accuracy: count > 0 ? correct[bin]! / count : null,
  }));
  const gaps = bins.map((bin) =>
    bin.confidence === null || bin.accuracy === null ? 0 : Math.abs(bin.confidence - bin.accuracy),
  );
  return {
    labelled,
    bins,
    expectedError: labelled > 0 ? gaps.reduce((sum, gap, bin) => sum + gap * bins[bin]!.count, 0) / labelled : null,
    largestError: labelled > 0 ? Math.max(...gaps) : null,
  };
}
