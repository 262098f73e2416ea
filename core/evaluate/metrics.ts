/** How good predictions are where labels exist: top-k accuracy, log loss and their uncertainty. */
import { StudioError } from '../../contract/errors.ts';
import { rankOfLabel } from '../../pure/rank.ts';
import { wilsonInterval } from '../../pure/statistics/wilson.ts';

/** Smallest normal float32: what a probability that underflowed to 0 counts as in the log loss (87.3 nats). */
export const SMALLEST_PROBABILITY = 2 ** -126;

/** Classes that top-5 accuracy looks at; it says nothing of networks that tell no more apart. */
export const TOP = 5;

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** A share with what it was counted from; `accuracy` and `interval` are null where nothing was labelled. */
export interface Accuracy {
  readonly correct: number;
  readonly total: number;
  readonly accuracy: number | null;
  /** Wilson interval at 95 %. */
  readonly interval: Interval | null;
}

export interface ProbabilityMetrics {
  readonly images: number;
  /** Images with a label; only these count. */
  readonly labelled: number;
  readonly top1: Accuracy;
  /** Without a share where there are no more than five classes, which it could not miss. */
  readonly top5: Accuracy;
  /** Mean of −ln p(label), nats; null where nothing was labelled. */
  readonly logLoss: number | null;
  /** Labelled images whose label had a probability below `SMALLEST_PROBABILITY`. */
  readonly clipped: number;
}

/** The share `correct / total` with its interval. */
export function accuracyOf(correct: number, total: number): Accuracy {
  return {
    correct,
    total,
    accuracy: total > 0 ? correct / total : null,
    interval: total > 0 ? wilsonInterval(correct, total) : null,
  };
}

/**
 * Share of decided classes equal to their label; label −1 is skipped.
 * @throws {StudioError} `prediction.classMismatch`: for unequal lengths
 */
export function decisionAccuracy(decision: ArrayLike<number>, labels: ArrayLike<number>): Accuracy {
  checkLengths(decision.length, labels.length);
  let correct = 0;
  let total = 0;
  for (let image = 0; image < labels.length; image++) {
    if (labels[image]! < 0) continue;
    total++;
    if (decision[image] === labels[image]) correct++;
  }
  return accuracyOf(correct, total);
}

/**
 * Metrics of one network's `[images, classes]` probabilities; label −1 = unlabelled, skipped.
 * @throws {StudioError} `prediction.classMismatch`: where sizes differ or a label is no class
 * @throws {StudioError} `prediction.invalid`: where a label's probability is no finite number
 */
export function probabilityMetrics(
  probabilities: Float32Array,
  labels: ArrayLike<number>,
  classes: number,
): ProbabilityMetrics {
  checkLengths(probabilities.length, labels.length * classes);
  let labelled = 0;
  let top1 = 0;
  let top5 = 0;
  let loss = 0;
  let clipped = 0;
  for (let image = 0; image < labels.length; image++) {
    const label = labels[image]!;
    if (label < 0) continue;
    checkLabel(label, classes, image);
    const p = probabilities[image * classes + label]!;
    if (!Number.isFinite(p)) {
      throw new StudioError('prediction.invalid', `Image ${image + 1} has the probability ${p} for its label.`, {
        remedy: 'Predict again from an earlier checkpoint.',
      });
    }
    const rank = rankOfLabel(probabilities, classes, image, label);
    labelled++;
    if (rank < 1) top1++;
    if (rank < TOP) top5++;
    if (p < SMALLEST_PROBABILITY) clipped++;
    loss -= Math.log(Math.max(p, SMALLEST_PROBABILITY));
  }
  return {
    images: labels.length,
    labelled,
    top1: accuracyOf(top1, labelled),
    top5: classes > TOP ? accuracyOf(top5, labelled) : accuracyOf(0, 0),
    logLoss: labelled > 0 ? loss / labelled : null,
    clipped,
  };
}

/** @throws {StudioError} `prediction.classMismatch`: unless `label` is a class */
export function checkLabel(label: number, classes: number, image: number): void {
  if (!(Number.isInteger(label) && label >= 0 && label < classes)) {
    throw new StudioError(
      'prediction.classMismatch',
      `Image ${image + 1} has label ${label}; the ${classes} classes are numbered 0 to ${classes - 1}.`,
      {
        remedy: 'Evaluate with the data set whose classes the network was trained on.',
      },
    );
  }
}

function checkLengths(found: number, expected: number): void {
  if (found !== expected) {
    throw new StudioError(
      'prediction.classMismatch',
      `${found} values for the labels given; ${expected} were expected.`,
      { remedy: 'Use the predictions and the labels of the same images.' },
    );
  }
}
