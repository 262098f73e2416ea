/**
 * In which columns a network's scores are kept: by a data set's classes, by a published list of labels, or as it
 * numbers them.
 */
import { StudioError } from '../../contract/errors.ts';
import type { LabelList } from '../../contract/protocol.ts';
import type { ClassList } from '../../pure/classes/classMatch.ts';
import { renamedBy } from '../../pure/classes/classMap.ts';
import { columnsFor, columnsInOrder, type ClassColumns, type ClassReading } from '../evaluate/classColumns.ts';
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
  reading: ClassReading = {},
): ClassColumns {
  const owners = { network: 'The network', data: `Data set "${dataset}"` };
  if (labels === 'own' && outputs) return columnsFor(outputs, data, owners, reading);
  if (reading.classMap) {
    if (labels === 'own') return columnsFor(numbered(classes), data, owners, reading);
    throw new StudioError('input.invalid', `The list ${labels} says already which class each output stands for.`, {
      remedy: 'Omit the class map, or use --labels own.',
    });
  }
  const withBackground = classes === data.ids.length + 1 && hasImagenetClasses(data.ids);
  if (withBackground && labels !== 'own') {
    const columns = columnsInOrder(data, outputOfClass(labels, data.ids), reading);
    return { ...columns, outputOf: columns.outputOf.map((output) => output + 1), notes: [WITHOUT_BACKGROUND] };
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
  const columns = columnsInOrder(data, outputOfClass(labels, data.ids), reading);
  return labels === 'own' ? { ...columns, notes: [UNKNOWN_CLASSES] } : columns;
}

/** Classes of which nothing is known but the output's number, by which a class map may name them. */
function numbered(classes: number): ClassList {
  const ids = Array.from({ length: classes }, (_, output) => String(output));
  return { ids, names: ids };
}

/**
 * Images of a folder are told apart by the network's own classes, those of a class map under the names it gives them; a
 * subset is what the map names.
 * @throws {StudioError} `prediction.classMismatch`: nobody knows them; `prediction.classMap`; `input.invalid`: a subset
 *   that nothing names
 */
export function folderColumns(
  { outputs, model, shape }: Pick<LoadedWeights, 'outputs' | 'model' | 'shape'>,
  { reading, classMap }: ClassReading = {},
): ClassColumns {
  if (reading === 'subset' && !classMap)
    throw new StudioError('input.invalid', 'A folder does not say which classes are the subset to decide among.', {
      remedy: 'Give a class map, import the folder as a data set, or read all outputs.',
    });
  if (classMap) {
    const { classes, mapped } = renamedBy(classMap, outputs ?? numbered(shape.classes), { network: 'The network' });
    if (reading !== 'subset') return columnsInOrder(classes, null);
    const picked = (texts: readonly string[]): string[] => mapped.map((output) => texts[output]!);
    return columnsInOrder({ ids: picked(classes.ids), names: picked(classes.names) }, Int32Array.from(mapped), {
      reading,
    });
  }
  if (outputs) return columnsInOrder(outputs, null);
  throw new StudioError(
    'prediction.classMismatch',
    `Nothing says which class each output of these weights of ${model.name} stands for.`,
    { remedy: 'Evaluate them on a split of a data set with the classes they were trained on.' },
  );
}
