/**
 * In which columns a network's scores are kept: by a data set's classes, by a published list of labels, or as it
 * numbers them.
 */
import { StudioError } from '../../contract/errors.ts';
import type { LabelList } from '../../contract/protocol.ts';
import type { ClassList } from '../../pure/classMatch.ts';
import { columnsFor, columnsInOrder, type ClassColumns } from '../evaluate/classColumns.ts';
import { hasImagenetClasses, outputOfClass } from '../evaluate/protocols/classOrder.ts';
import type { LoadedWeights } from './trainedNetwork.ts';

const WITHOUT_BACKGROUND = 'The first output, which these weights keep for the background, was left out.';
const UNKNOWN_CLASSES =
  "Nothing says which class each output of these weights stands for: they are taken in the data set's order.";

/**
 * `labels`: how the outputs are numbered. Without a list, weights that know their classes are matched by them; others
 * must have as many as the data set.
 * @throws {StudioError} prediction.classMismatch
 */
export function networkColumns(
  { outputs, shape: { classes }, model }: Pick<LoadedWeights, 'outputs' | 'shape' | 'model'>,
  labels: LabelList,
  data: ClassList,
  dataset: string,
): ClassColumns {
  if (labels === 'own' && outputs)
    return columnsFor(outputs, data, { network: 'The network', data: `Data set "${dataset}"` });
  const withBackground = classes === data.ids.length + 1 && hasImagenetClasses(data.ids);
  if (withBackground && labels !== 'own') {
    const { classes: own, outputOf } = columnsInOrder(data, outputOfClass(labels, data.ids));
    return { classes: own, outputOf: outputOf.map((output) => output + 1), notes: [WITHOUT_BACKGROUND] };
  }
  if (classes !== data.ids.length)
    throw new StudioError(
      'prediction.classMismatch',
      `These weights of ${model.name} tell ${classes} classes apart and do not say which; data ` +
        `set "${dataset}" has ${data.ids.length}.`,
      {
        remedy: withBackground
          ? 'One more than ImageNet has: the first is most likely the background. Say --labels ' +
            'ilsvrc2012 to leave it out.'
          : 'Evaluate on a data set with the classes they were trained on, in their order.',
      },
    );
  const columns = columnsInOrder(data, outputOfClass(labels, data.ids));
  return labels === 'own' ? { ...columns, notes: [UNKNOWN_CLASSES] } : columns;
}

/**
 * Images of a folder are told apart by the network's own classes.
 * @throws {StudioError} `prediction.classMismatch`: nobody knows them
 */
export function folderColumns({ outputs, model }: Pick<LoadedWeights, 'outputs' | 'model'>): ClassColumns {
  if (outputs) return columnsInOrder(outputs, null);
  throw new StudioError(
    'prediction.classMismatch',
    `Nothing says which class each output of these weights of ${model.name} stands for.`,
    { remedy: 'Evaluate them on a split of a data set with the classes they were trained on.' },
  );
}
