/**
 * The classes in which a network's scores for a data set are kept: the data set's in its order, then those that only
 * the network tells apart.
 */
import { describeMatch, requireCommonClasses, type ClassList, type ClassOwners } from '../../pure/classMatch.ts';

export interface ClassColumns {
  readonly classes: ClassList;
  /** Entry c: the network's output for column c; −1 where it has none, whose scores are 0. */
  readonly outputOf: readonly number[];
  /** What a user must know of the match. */
  readonly notes: readonly string[];
}

/**
 * Decisions are those over all outputs of the network: one for a class that the data set lacks is a wrong one. Images
 * of classes that the network does not know count as unlabelled.
 * @throws {StudioError} `prediction.classMismatch`: no class in common
 */
export function columnsFor(network: ClassList, data: ClassList, owners: ClassOwners): ClassColumns {
  const match = requireCommonClasses(network, data, owners);
  const { outputOf, onlyNetwork } = match;
  return {
    classes: {
      ids: [...data.ids, ...onlyNetwork.map((output) => network.ids[output]!)],
      names: [...data.names, ...onlyNetwork.map((output) => network.names[output]!)],
    },
    outputOf: [...outputOf, ...onlyNetwork],
    notes: describeMatch(match, network, data, owners),
  };
}

/** Columns of a network whose outputs stand for the data set's classes one by one; null: in the same order. */
export function columnsInOrder(data: ClassList, order: Int32Array | null): ClassColumns {
  return { classes: data, outputOf: order ? [...order] : data.ids.map((_, c) => c), notes: [] };
}

/** Scores `[rows, outputs]` as `[rows, columns]`. */
export function inColumns(
  scores: Float32Array,
  outputs: number,
  { outputOf }: Pick<ClassColumns, 'outputOf'>,
): Float32Array {
  if (outputOf.length === outputs && outputOf.every((output, c) => output === c)) return scores;
  const columns = outputOf.length;
  const rows = scores.length / outputs;
  const out = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    outputOf.forEach((output, c) => {
      if (output >= 0) out[row * columns + c] = scores[row * outputs + output]!;
    });
  }
  return out;
}

/** A label of the data set, −1 where the network does not know its class. */
export function labelIn({ outputOf }: ClassColumns, label: number): number {
  return label >= 0 && outputOf[label]! >= 0 ? label : -1;
}
