/** The MNIST family in IDX files: train and t10k (or test) pictures and labels, plain or gzipped. */
import type { Split } from '../../../contract/dataset.ts';
import { StudioError } from '../../../contract/errors.ts';
import { readLines, type FileTree } from '../sources/fileTree.ts';
import { isSideways, openIdx, readIdxLabels } from '../sources/idxFile.ts';
import { drawSplits } from '../batches/stratify.ts';
import { requireTwoClasses } from './classFolders.ts';
import {
  bySplit,
  describeDraw,
  type Detection,
  type PictureEntry,
  type Reader,
  type Scan,
  type ScanOptions,
} from './reader.ts';

/** `emnist-letters-train-images-idx3-ubyte.gz`: prefix, split and kind are all that is looked at. */
const NAME = /^(?<prefix>.*?)(?<part>train|t10k|test|val|valid)-(?<kind>images|labels)[-.]idx[134]-ubyte(?:\.gz)?$/i;
const PARTS: Readonly<Record<string, Split>> = { train: 'train', t10k: 'test', test: 'test', val: 'val', valid: 'val' };

interface Pair {
  images?: string;
  labels?: string;
}

/** Files by prefix and split. A plain file is taken before its gzipped twin. */
function findPairs(tree: FileTree): Map<string, Map<Split, Pair>> {
  const found = new Map<string, Map<Split, Pair>>();
  for (const name of tree.list('').others) {
    const match = NAME.exec(name)?.groups;
    if (match === undefined) continue;
    const { prefix = '', part = '', kind = '' } = match;
    const splits = found.get(prefix) ?? new Map<Split, Pair>();
    found.set(prefix, splits);
    const split = PARTS[part.toLowerCase()]!;
    const pair = splits.get(split) ?? {};
    splits.set(split, pair);
    pair[kind.toLowerCase() as keyof Pair] ??= name;
  }
  return found;
}

function detect(tree: FileTree): Detection | null {
  const found = findPairs(tree);
  if (found.size === 0) return null;
  const names = [...found.values()]
    .flatMap((splits) => [...splits.values()].flatMap(({ images, labels }) => [images, labels]))
    .filter((name) => name !== undefined);
  return { confidence: 0.9, description: `IDX: ${names.join(', ')}` };
}

function requirePairs(tree: FileTree): { prefix: string; splits: Map<Split, Pair> } {
  const all = findPairs(tree);
  if (all.size > 1) {
    throw new StudioError(
      'dataset.layoutMismatch',
      `There are IDX files of ${all.size} data sets here: ` +
        `${[...all.keys()].map((prefix) => prefix || 'train-…').join(', ')}.`,
      { remedy: 'Move the files of each into a folder of its own.' },
    );
  }
  for (const [prefix, splits] of all) {
    for (const [split, { images, labels }] of splits) {
      if (images === undefined)
        throw new StudioError('dataset.layoutMismatch', `${labels} has no file of images beside it.`, {
          remedy: 'Put the images file into the same folder.',
          details: { split },
        });
      if (labels === undefined && split !== 'test')
        throw new StudioError('dataset.missingAnnotations', `${images} has no label file beside it.`, {
          remedy: 'Put the labels file into the same folder.',
          details: { split },
        });
    }
    if (splits.has('train')) return { prefix, splits };
  }
  throw new StudioError('dataset.layoutMismatch', 'There are no training images (train-images-idx3-ubyte).', {
    remedy: 'Put the training files into the same folder.',
  });
}

/**
 * Labels of a split, one a picture.
 * @throws {StudioError} dataset.recordSize: pictures and labels differ in number
 */
function labelsOf(tree: FileTree, { images = '', labels }: Pair): { count: number; labels: Uint8Array | null } {
  const pictures = openIdx(tree.file(images), images);
  pictures.close();
  if (labels === undefined) return { count: pictures.count, labels: null };
  const values = readIdxLabels(tree.file(labels), labels);
  if (values.length === pictures.count) return { count: pictures.count, labels: values };
  throw new StudioError(
    'dataset.recordSize',
    `${images} has ${pictures.count.toLocaleString('en')} images, ${labels} has ` +
      `${values.length.toLocaleString('en')} labels.`,
    { remedy: 'Download both files again.', details: { images, labels } },
  );
}

/** Names from `<prefix>mapping.txt` as EMNIST brings it (label, then character codes), else the numbers. */
function namesOf(tree: FileTree, prefix: string, values: readonly number[]): { names: string[]; files: string[] } {
  const file = `${prefix}mapping.txt`;
  const numbers = values.map(String);
  if (prefix === '' || !tree.has(file)) return { names: numbers, files: [] };
  const codes = new Map(
    readLines(tree, file)
      .map((line) => line.split(/\s+/).map(Number))
      .map(([label = -1, ...rest]) => [label, rest]),
  );
  const names = values.map((value) =>
    String.fromCodePoint(...(codes.get(value) ?? []).filter((code) => code > 32 && code < 127)),
  );
  return { names: names.map((name, i) => name || numbers[i]!), files: [file] };
}

function scan(tree: FileTree, fractions: ScanOptions): Scan {
  const { prefix, splits } = requirePairs(tree);
  const notes: string[] = [];
  const train = labelsOf(tree, splits.get('train') as Pair);
  const values = [...new Set(train.labels)].sort((a, b) => a - b);
  requireTwoClasses(values.map(String), tree.root);
  const { names, files } = namesOf(tree, prefix, values);
  const labelOf = new Map(values.map((value, label) => [value, label]));
  const entries: PictureEntry[] = [];
  const drawn = {
    ...fractions,
    val: splits.has('val') ? 0 : fractions.val,
    test: splits.has('test') ? 0 : fractions.test,
  };
  const file = splits.get('train')!.images!;
  for (const [label, value] of values.entries()) {
    const records = [...(train.labels as Uint8Array).entries()].flatMap(([record, own]) =>
      own === value ? [record] : [],
    );
    const parts = drawSplits(records.length, label, drawn);
    records.forEach((record, i) => entries.push({ path: `${file}#${record}`, split: parts[i]!, label }));
  }
  for (const split of ['val', 'test'] as const) {
    const pair = splits.get(split);
    if (pair === undefined) continue;
    const { count, labels } = labelsOf(tree, pair);
    let foreign = 0;
    for (let record = 0; record < count; record += 1) {
      const label = labels === null ? -1 : labelOf.get(labels[record]!);
      if (label === undefined) foreign += 1;
      else entries.push({ path: `${pair.images}#${record}`, split, label });
    }
    if (foreign > 0)
      notes.push(
        `${foreign.toLocaleString('en')} images of ${split} have labels that no training image has, and were ` +
          'left out',
      );
  }
  if (isSideways(file)) notes.push("EMNIST's images are stored on their side and are turned upright");
  return {
    classIds: values.map(String),
    classNames: names,
    kind: 'records',
    entries: bySplit(entries),
    problems: [],
    notes,
    sourceFiles: [
      ...[...splits.values()].flatMap(({ images, labels }) => [images, labels]).filter((name) => name !== undefined),
      ...files,
    ],
    brought: { val: splits.has('val'), test: splits.has('test') },
    splitRule: splits.has('val') ? "val is the data set's own files" : describeDraw(fractions, splits.has('test')),
  };
}

export const idx: Reader = {
  layout: 'idx',
  looksLike:
    'idx: train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte (or the ' +
    'same with .gz)',
  detect,
  scan,
};
