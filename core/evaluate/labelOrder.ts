/**
 * Label-order doctor: near-chance accuracy because the network numbers its classes in another order than the data.
 * Such a confusion matrix is nearly a permutation: each label meets one decision, only not its own.
 */
import { confusionMatrix } from './confusion.ts';
import type { Interval } from './metrics.ts';
import { wilsonInterval } from '../../pure/statistics/wilson.ts';
import { mcNemarExact } from './pairedComparison.ts';

export interface LabelOrderFinding {
  /** Whether another order explains the decisions better; a proposal, never applied by itself. */
  readonly suspected: boolean;
  /** `mapping[decision]` = label it seems to stand for; −1 where there is too little to tell. */
  readonly mapping: Int32Array;
  /** Classes that the mapping moves. */
  readonly moved: number;
  /** Images that the figures below were measured on: those the mapping was not derived from. */
  readonly checked: number;
  /** Share of them that is right as it is, and with the mapping. */
  readonly accuracy: number;
  readonly agreement: number;
  readonly agreementInterval: Interval | null;
  /** Chance of such a gain were the mapping no better (McNemar, exact). */
  readonly pValue: number;
}

/** Below this the doctor speaks. Strict, as it looks at every evaluation. */
const SUSPICIOUS = 1e-4;

/**
 * Derives the mapping from every second image of each label and measures it on the others, so that a mapping found in
 * noise does not pass. The mapping is greedy: the most frequent (label, decision) pair first, each label and each
 * decision once. Where the matrix is nearly a permutation that equals the best assignment; where it is not, the check
 * on the other half fails, as it should. Label −1 is skipped.
 * @throws {StudioError} `prediction.classMismatch`
 */
export function checkLabelOrder(
  decision: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
): LabelOrderFinding {
  const seen = new Int32Array(classes);
  const fitLabels = new Int32Array(labels.length).fill(-1);
  const checkLabels = new Int32Array(labels.length).fill(-1);
  for (let image = 0; image < labels.length; image++) {
    const label = labels[image]!;
    if (label >= 0) (seen[label]!++ % 2 === 0 ? fitLabels : checkLabels)[image] = label;
  }
  const mapping = greedyMapping(decision, fitLabels, classes);
  let checked = 0;
  let plain = 0;
  let mapped = 0;
  let onlyPlain = 0;
  let onlyMapped = 0;
  for (let image = 0; image < labels.length; image++) {
    const label = checkLabels[image]!;
    if (label < 0) continue;
    const decided = decision[image]!;
    const target = mapping[decided]!;
    const asIs = decided === label;
    const moved = (target < 0 ? decided : target) === label;
    checked++;
    if (asIs) plain++;
    if (moved) mapped++;
    if (asIs && !moved) onlyPlain++;
    if (moved && !asIs) onlyMapped++;
  }
  const moved = mapping.reduce((count, target, decided) => count + (target >= 0 && target !== decided ? 1 : 0), 0);
  const pValue = mcNemarExact(onlyMapped, onlyPlain);
  return {
    suspected: moved > 1 && onlyMapped > onlyPlain && pValue < SUSPICIOUS,
    mapping,
    moved,
    checked,
    accuracy: checked > 0 ? plain / checked : 0,
    agreement: checked > 0 ? mapped / checked : 0,
    agreementInterval: checked > 0 ? wilsonInterval(mapped, checked) : null,
    pValue,
  };
}

function greedyMapping(decision: ArrayLike<number>, labels: Int32Array, classes: number): Int32Array {
  const mapping = new Int32Array(classes).fill(-1);
  const labelTaken = new Uint8Array(classes);
  // Equal counts: the pair that keeps the order first, so that doubt never moves a class.
  const cells = [...confusionMatrix(decision, labels, classes).counts].map(([cell, count]) => ({
    label: Math.floor(cell / classes),
    decided: cell % classes,
    count,
  }));
  cells.sort(
    (a, b) =>
      b.count - a.count ||
      Number(b.label === b.decided) - Number(a.label === a.decided) ||
      a.label - b.label ||
      a.decided - b.decided,
  );
  for (const { label, decided } of cells) {
    if (mapping[decided]! >= 0 || labelTaken[label]) continue;
    mapping[decided] = label;
    labelTaken[label] = 1;
  }
  return mapping;
}
