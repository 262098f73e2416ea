/** Which classes are taken for which: sparse confusion matrix and what follows from it per class. */
import { StudioError } from '../../contract/errors.ts';
import { checkLabel } from './metrics.ts';

/**
 * Counts by `truth × classes + decision`; only cells that occur, so a thousand classes cost what their mistakes cost.
 */
export interface ConfusionMatrix {
  readonly classes: number;
  readonly total: number;
  readonly counts: ReadonlyMap<number, number>;
}

export interface ClassScore {
  readonly class: number;
  /** Images with this label. */
  readonly support: number;
  /** Images decided to be this class. */
  readonly decided: number;
  readonly correct: number;
  /** Null where nothing was decided to be this class. */
  readonly precision: number | null;
  /** Null where no image has this label. */
  readonly recall: number | null;
  /** Null where the class occurs neither as label nor as decision. */
  readonly f1: number | null;
}

export interface ConfusedPair {
  readonly truth: number;
  readonly decision: number;
  readonly count: number;
}

/**
 * Confusion matrix over the labelled images (label −1 is skipped).
 * @throws {StudioError} `prediction.classMismatch`: for a label or decision that is no class
 */
export function confusionMatrix(
  decision: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
): ConfusionMatrix {
  if (decision.length !== labels.length) {
    throw new StudioError('prediction.classMismatch', `${decision.length} decisions for ${labels.length} labels.`, {
      remedy: 'Use the predictions and the labels of the same images.',
    });
  }
  const counts = new Map<number, number>();
  let total = 0;
  for (let image = 0; image < labels.length; image++) {
    const label = labels[image]!;
    if (label < 0) continue;
    checkLabel(label, classes, image);
    checkLabel(decision[image]!, classes, image);
    const cell = label * classes + decision[image]!;
    counts.set(cell, (counts.get(cell) ?? 0) + 1);
    total++;
  }
  return { classes, total, counts };
}

/** The matrix as row-major `[truth, decision]` counts. */
export function denseConfusion(matrix: ConfusionMatrix): Int32Array {
  const dense = new Int32Array(matrix.classes * matrix.classes);
  for (const [cell, count] of matrix.counts) dense[cell] = count;
  return dense;
}

/** Precision, recall and F1 of every class. */
export function classScores(matrix: ConfusionMatrix): ClassScore[] {
  const { classes, counts } = matrix;
  const support = new Int32Array(classes);
  const decided = new Int32Array(classes);
  for (const [cell, count] of counts) {
    support[Math.floor(cell / classes)]! += count;
    decided[cell % classes]! += count;
  }
  return Array.from({ length: classes }, (_, c) => {
    const correct = counts.get(c * classes + c) ?? 0;
    const seen = support[c]! + decided[c]!;
    return {
      class: c,
      support: support[c]!,
      decided: decided[c]!,
      correct,
      precision: decided[c]! > 0 ? correct / decided[c]! : null,
      recall: support[c]! > 0 ? correct / support[c]! : null,
      f1: seen > 0 ? (2 * correct) / seen : null,
    };
  });
}

export interface MeanScores {
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
}

/**
 * Unweighted means: precision over the classes that were decided, recall over those with labels (balanced accuracy), F1
 * over those that occur at all; null where none does.
 */
export function macroScores(scores: readonly ClassScore[]): MeanScores {
  return {
    precision: meanOf(scores.map((score) => score.precision)),
    recall: meanOf(scores.map((score) => score.recall)),
    f1: meanOf(scores.map((score) => score.f1)),
  };
}

/**
 * Means over the labelled images, each with the score of its class; a class that was never decided has a precision of 0
 * here, as in scikit-learn. Null without labels.
 */
export function weightedScores(scores: readonly ClassScore[]): MeanScores {
  const total = scores.reduce((sum, { support }) => sum + support, 0);
  const of = (name: 'precision' | 'recall' | 'f1'): number | null =>
    total > 0 ? scores.reduce((sum, score) => sum + score.support * (score[name] ?? 0), 0) / total : null;
  return { precision: of('precision'), recall: of('recall'), f1: of('f1') };
}

/** The `limit` most frequent mistakes, most frequent first; equal counts in class order. */
export function confusedPairs(matrix: ConfusionMatrix, limit: number): ConfusedPair[] {
  const pairs: ConfusedPair[] = [];
  for (const [cell, count] of matrix.counts) {
    const truth = Math.floor(cell / matrix.classes);
    const decision = cell % matrix.classes;
    if (truth !== decision) pairs.push({ truth, decision, count });
  }
  return pairs.sort((a, b) => b.count - a.count || a.truth - b.truth || a.decision - b.decision).slice(0, limit);
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) / known.length : null;
}
