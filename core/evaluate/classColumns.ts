/**
 * The classes in which a network's scores for a data set are kept: the data set's in its order, then those that only
 * the network tells apart and that compete with them.
 */
import type { ResolvedProtocol } from '../../contract/protocol.ts';
import { pairsIn } from '../../pure/classes/classMap.ts';
import { plural } from '../../pure/plural.ts';
import {
  describeMatch,
  requireCommonClasses,
  type ClassList,
  type ClassOwners,
} from '../../pure/classes/classMatch.ts';

export interface ClassColumns {
  readonly classes: ClassList;
  /** Entry c: the network's output for column c; −1 where it has none, whose scores are 0. */
  readonly outputOf: readonly number[];
  /** Whether the other outputs do not count: the columns' probabilities then add up to 1. */
  readonly subset: boolean;
  /** What a user must know of the match. */
  readonly notes: readonly string[];
}

/** What a protocol says of the classes. */
export type ClassReading = Pick<ResolvedProtocol, 'reading' | 'classMap'>;

/**
 * Decisions are those over all outputs of the network unless `reading` is the subset: one for a class that the data set
 * lacks is a wrong one. Images of classes that the network does not know count as unlabelled.
 * @throws {StudioError} `prediction.classMismatch`: no class in common; `prediction.classMap`: a line that fits neither
 */
export function columnsFor(
  network: ClassList,
  data: ClassList,
  owners: ClassOwners,
  { reading, classMap }: ClassReading = {},
): ClassColumns {
  const said = classMap ? pairsIn(classMap, network, data, owners) : [];
  const match = requireCommonClasses(network, data, owners, said);
  const subset = reading === 'subset';
  const { outputOf, onlyNetwork, common } = match;
  const others = subset ? [] : onlyNetwork;
  return {
    classes: {
      ids: [...data.ids, ...others.map((output) => network.ids[output]!)],
      names: [...data.names, ...others.map((output) => network.names[output]!)],
    },
    outputOf: [...outputOf, ...others],
    subset,
    notes: [
      ...(classMap ? [`${plural(said.length, 'class', 'classes')} matched by ${classMap.file}.`] : []),
      ...describeMatch(match, network, data, owners),
      ...(subset && onlyNetwork.length > 0
        ? [`${owners.network} decides among ${plural(common, 'class', 'classes')} of ${network.ids.length}.`]
        : []),
    ],
  };
}

/** Columns of a network whose outputs stand for the data set's classes one by one; null: in the same order. */
export function columnsInOrder(
  data: ClassList,
  order: Int32Array | null,
  { reading }: Pick<ClassReading, 'reading'> = {},
): ClassColumns {
  return {
    classes: data,
    outputOf: order ? [...order] : data.ids.map((_, c) => c),
    subset: reading === 'subset',
    notes: [],
  };
}

/** Probabilities `[rows, outputs]` as `[rows, columns]`; of a subset they are shares of what the subset got. */
export function readInColumns(probabilities: Float32Array, outputs: number, columns: ClassColumns): Float32Array {
  const picked = inColumns(probabilities, outputs, columns);
  if (!columns.subset || picked === probabilities) return picked;
  const width = columns.outputOf.length;
  for (let start = 0; start < picked.length; start += width) {
    const row = picked.subarray(start, start + width);
    const sum = row.reduce((total, value) => total + value, 0);
    // so sure of another class that nothing is left for these: no column is likelier than the next
    row.forEach((value, c) => (row[c] = sum > 0 ? value / sum : 1 / width));
  }
  return picked;
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
