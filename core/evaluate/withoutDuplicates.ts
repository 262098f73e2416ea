/** Figures of a split without the pictures that are in the training split as well. */
import type { DuplicateReport, Split } from '../../contract/dataset.ts';
import { readIndex } from '../data/set/datasetIndex.ts';
import { readDuplicates } from '../data/import/findDuplicates.ts';
import type { PredictionIndex } from './probabilityFile.ts';
import { probabilityMetrics, type ProbabilityMetrics } from './metrics.ts';

/** `removed`: pictures of this evaluation that were left out. */
export interface Restated {
  readonly removed: number;
  readonly metrics: ProbabilityMetrics;
}

export interface WithoutDuplicates {
  /** Without copies of training pictures, byte by byte. */
  readonly exact: Restated;
  /** Also without those that only look like one. */
  readonly near: Restated;
}

/** Null where nobody has searched this state of the data set for duplicates, and for the training split itself. */
export async function withoutDuplicates(
  datasetDir: string,
  split: Split,
  { index, probabilities }: { index: PredictionIndex; probabilities: Float32Array },
): Promise<WithoutDuplicates | null> {
  const report = split === 'train' ? null : await readDuplicates(datasetDir);
  if (!report || split === 'train') return null;
  const { exact, near } = leakedPaths(datasetDir, split, report);
  return {
    exact: restated(index, probabilities, exact),
    near: restated(index, probabilities, new Set([...exact, ...near])),
  };
}

function leakedPaths(
  datasetDir: string,
  split: 'val' | 'test',
  { leaked }: DuplicateReport,
): { exact: Set<string>; near: Set<string> } {
  const { paths = [] } = readIndex(datasetDir).splits[split] ?? {};
  const named = (places: readonly number[]): Set<string> => new Set(places.map((place) => paths[place] ?? ''));
  return { exact: named(leaked[split].exact), near: named(leaked[split].near) };
}

function restated(
  { paths, labels, classes }: PredictionIndex,
  probabilities: Float32Array,
  leaked: ReadonlySet<string>,
): Restated {
  let removed = 0;
  // A picture without a label counts for nothing.
  const kept = labels.map((label, i) => {
    if (!leaked.has(paths[i] ?? '')) return label;
    removed++;
    return -1;
  });
  return { removed, metrics: probabilityMetrics(probabilities, kept, classes) };
}
