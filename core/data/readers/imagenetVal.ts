/**
 * Labels of ImageNet's flat validation folder. A number means nothing by itself: ILSVRC2012 models mostly count the
 * sorted synsets from 0, while the development kits number them otherwise, from 1 (map_clsloc.txt). So every number
 * needs a list of synsets that says what it means.
 */
import { StudioError } from '../../../contract/errors.ts';
import { readLines, type FileTree } from '../sources/fileTree.ts';

/** A WordNet id: part of speech and eight digits. */
export const WNID = /^n\d{8}$/;

/** Where the files lie in the distributed archives and in common copies of them. */
const FOLDERS = [
  '',
  'val',
  'meta',
  'annotations',
  'ImageSets/CLS-LOC',
  'ILSVRC/ImageSets/CLS-LOC',
  'data',
  'devkit',
  'devkit/data',
  'ILSVRC2012_devkit_t12',
  'ILSVRC2012_devkit_t12/data',
  'ILSVRC2015_devkit',
  'ILSVRC2015_devkit/data',
  'ILSVRC2015/devkit/data',
  'caffe_ilsvrc12',
];
const LABEL_FILES = [
  'val_annotations.txt',
  'val_labels.txt',
  'LOC_val_solution.csv',
  'val.txt',
  'val_map.txt',
  'validation.txt',
  'imagenet_2012_validation_synset_labels.txt',
  'ILSVRC2012_validation_ground_truth.txt',
  'ILSVRC2015_clsloc_validation_ground_truth.txt',
  'ILSVRC2014_clsloc_validation_ground_truth.txt',
];
/** Lists of synsets in the order of their numbers, with or without words behind the id. */
const ORDER_FILES = [
  'synsets.txt',
  'imagenet_lsvrc_2015_synsets.txt',
  'synset_words.txt',
  'LOC_synset_mapping.txt',
  'wnids.txt',
];
/** The development kit's own list: synset, number from 1, name. */
const DEVKIT_LISTS = ['map_clsloc.txt'];

/** First of `names` that exists in one of the known folders. */
export function findFile(tree: FileTree, names: readonly string[]): string | null {
  for (const folder of FOLDERS) {
    for (const name of names) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (tree.has(path)) return path;
    }
  }
  return null;
}

interface ValLine {
  readonly name: string | null;
  readonly value: string;
}

/** `name value …`, `name,value …`, or only the value. */
function parseLines(lines: readonly string[]): ValLine[] {
  return lines.flatMap((line): ValLine[] => {
    const [first = '', second] = line.split(/[\s,]+/);
    if (second === undefined) return [{ name: null, value: first }];
    return WNID.test(second) || /^\d+$/.test(second) ? [{ name: first, value: second }] : [];
  });
}

export interface ValLabels {
  /** Synset of each picture, by file name. */
  readonly labels: ReadonlyMap<string, string>;
  /** Files that decided it. */
  readonly files: readonly string[];
  /** What the numbers were found to mean. */
  readonly note: string;
}

/**
 * Synsets by number, and which numbering that is.
 * @throws {StudioError} dataset.missingAnnotations: nothing says what the numbers mean
 */
function numbering(
  tree: FileTree,
  labelFile: string,
  values: readonly number[],
  classIds: readonly string[],
): { byNumber: Map<number, string>; file: string; words: string } {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const devkit = findFile(tree, DEVKIT_LISTS);
  const groundTruth = /ground_truth\.txt$/.test(labelFile);
  if (groundTruth && devkit !== null) {
    const rows = readLines(tree, devkit).map((line) => line.split(/\s+/));
    const byNumber = new Map(
      rows.flatMap(([id = '', number = '']) =>
        WNID.test(id) && /^\d+$/.test(number) ? [[Number(number), id] as const] : [],
      ),
    );
    return { byNumber, file: devkit, words: `numbers ${low}–${high} as in the development kit (${devkit}, from 1)` };
  }
  const order = findFile(tree, ORDER_FILES);
  if (groundTruth || order === null) {
    throw new StudioError(
      'dataset.missingAnnotations',
      `${labelFile} numbers the classes of val (${low}–${high}), and nothing here says which class has which number.`,
      {
        remedy: groundTruth
          ? 'Put map_clsloc.txt of the same development kit beside it (the sorted order of the synsets is not its ' +
            'numbering), or sort val into one folder for each synset.'
          : 'Put the list of synsets that belongs to it beside it (synsets.txt or synset_words.txt, one line a class ' +
            'in the order of the numbers), or sort val into one folder for each synset.',
        details: { labelFile, low, high, classes: classIds.length },
      },
    );
  }
  const ids = readLines(tree, order).map((line) => line.split(/\s+/)[0]!);
  const base = low === 0 && high < ids.length ? 0 : high === ids.length && low >= 1 ? 1 : null;
  if (base === null) {
    throw new StudioError(
      'dataset.labelRange',
      `${labelFile} has the numbers ${low}–${high}, and ${order} has ${ids.length} synsets: it cannot be told ` +
        'whether they are counted from 0 or from 1.',
      {
        remedy: 'Use the label file that belongs to the list, or sort val into one folder for each synset.',
        details: { labelFile, list: order, low, high },
      },
    );
  }
  const sorted = ids.every((id, i) => i === 0 || ids[i - 1]! < id);
  return {
    byNumber: new Map(ids.map((id, i) => [i + base, id])),
    file: order,
    words:
      `numbers ${low}–${high} as in ${order}, counted from ${base} ` +
      `(${sorted ? 'sorted synsets, the order of ILSVRC2012' : 'not sorted: another order than that of ILSVRC2012'})`,
  };
}

/**
 * Synsets of the pictures `names` (sorted) of the flat val folder.
 * @throws {StudioError} dataset.missingAnnotations, dataset.labelRange
 */
export function readValLabels(tree: FileTree, names: readonly string[], classIds: readonly string[]): ValLabels {
  const labelFile = findFile(tree, LABEL_FILES);
  if (labelFile === null) {
    throw new StudioError(
      'dataset.missingAnnotations',
      `The ${names.length.toLocaleString('en')} images of val lie in one folder, and there is no label file for ` +
        'them.',
      {
        remedy:
          `Put one beside the folder (${LABEL_FILES.slice(2, 4).join(', ')} or the development kit's ground ` +
          'truth with map_clsloc.txt), sort val into one folder for each synset, or remove val to have a part of ' +
          'train drawn instead.',
      },
    );
  }
  const lines = parseLines(readLines(tree, labelFile));
  const unnamed = lines.every(({ name }) => name === null);
  if (lines.length === 0 || (unnamed && lines.length !== names.length)) {
    throw new StudioError(
      'dataset.missingAnnotations',
      `${labelFile} has ${lines.length.toLocaleString('en')} labels for ${names.length.toLocaleString('en')} ` +
        'images of val.',
      { remedy: 'The label file and the images must be of one release.', details: { labelFile } },
    );
  }
  const byStem = new Map(names.map((name) => [name.replace(/\.[^.]+$/, ''), name]));
  const numbers = lines.filter(({ value }) => !WNID.test(value)).map(({ value }) => Number(value));
  if (numbers.some((value) => !Number.isInteger(value)))
    throw new StudioError('dataset.labelRange', `${labelFile} has labels that are neither synsets nor numbers.`, {
      remedy: "Each line holds an image's name and its synset or number.",
      details: { labelFile },
    });
  const found = numbers.length > 0 ? numbering(tree, labelFile, numbers, classIds) : null;
  const labels = new Map<string, string>();
  for (const [i, { name, value }] of lines.entries()) {
    const file = name === null ? names[i] : byStem.get(name.slice(name.lastIndexOf('/') + 1).replace(/\.JPEG$/i, ''));
    const id = WNID.test(value) ? value : found?.byNumber.get(Number(value));
    if (file === undefined) continue;
    if (id === undefined)
      throw new StudioError(
        'dataset.labelRange',
        `${labelFile} gives ${file} the number ${value}, which ${found?.file} does not have.`,
        { remedy: 'Use the list of the same release as the label file.', details: { labelFile } },
      );
    labels.set(file, id);
  }
  return {
    labels,
    files: [labelFile, ...(found ? [found.file] : [])],
    note:
      `labels of val: ${labelFile}, ${found ? found.words : 'synsets written out'}` +
      (unnamed ? '; one line an image, in the order of their names' : ''),
  };
}
