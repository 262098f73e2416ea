/** From the order of a network's outputs to that of a data set's classes. */
import { StudioError } from '../../../contract/errors.ts';
import type { LabelList } from '../../../contract/protocol.ts';
import { ILSVRC2015_ORDER } from './ilsvrc2015.ts';

const WORDNET_ID = /^n\d{8}$/;

/** Whether a data set has ImageNet's thousand classes by their WordNet ids, so that the lists of ILSVRC apply. */
export function hasImagenetClasses(classIds: readonly string[]): boolean {
  return classIds.length === ILSVRC2015_ORDER.length && classIds.every((id) => WORDNET_ID.test(id));
}

/**
 * Entry c is the output that stands for class c of the data set; null where outputs and classes are in the same order.
 * @throws {StudioError} prediction.classMismatch where a list of ILSVRC is asked for and the data set does not have its
 *   classes
 */
export function outputOfClass(labels: LabelList, classIds: readonly string[]): Int32Array | null {
  if (labels === 'own') return null;
  if (!hasImagenetClasses(classIds)) {
    throw new StudioError(
      'prediction.classMismatch',
      `These weights number their classes as ${labels} does; the data set does not have those thousand classes ` +
        'under their WordNet ids.',
      {
        remedy:
          'Evaluate on an ImageNet validation set in class folders (n01440764, …), or say --labels own where the ' +
          'data set is in the order of the weights.',
      },
    );
  }
  const sorted = new Map([...classIds].sort().map((id, position) => [id, position]));
  const outputs = new Int32Array(ILSVRC2015_ORDER.length);
  if (labels === 'ilsvrc2015')
    ILSVRC2015_ORDER.forEach((position, output) => {
      outputs[position] = output;
    });
  else
    outputs.forEach((_, position) => {
      outputs[position] = position;
    });
  const order = Int32Array.from(classIds, (id) => outputs[sorted.get(id)!]!);
  return order.every((output, c) => output === c) ? null : order;
}

/** Columns of `[rows, classes]` scores in the data set's order. */
export function inClassOrder(scores: Float32Array, order: Int32Array | null): Float32Array {
  if (!order) return scores;
  const classes = order.length;
  const out = new Float32Array(scores.length);
  for (let row = 0; row < scores.length; row += classes)
    order.forEach((output, c) => {
      out[row + c] = scores[row + output]!;
    });
  return out;
}
