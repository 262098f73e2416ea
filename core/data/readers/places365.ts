/**
 * Places365 (Zhou et al. 2017) by its lists: categories_places365.txt, places365_train_standard.txt (or _challenge),
 * places365_val.txt, places365_test.txt.
 */
import type { Split } from '../../../contract/dataset.ts';
import { StudioError } from '../../../contract/errors.ts';
import { readLines, type FileTree } from '../sources/fileTree.ts';
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

const CATEGORIES = 'categories_places365.txt';
const TRAIN_LISTS = ['places365_train_standard.txt', 'places365_train_challenge.txt'];
const VAL_LIST = 'places365_val.txt';
const TEST_LIST = 'places365_test.txt';
/** Lists lie beside the pictures or in the folder of their archive. */
const LIST_FOLDERS = ['', 'filelist_places365-standard/', 'filelist_places365-challenge/'];
const PICTURE_FOLDERS: Readonly<Record<Split, readonly string[]>> = {
  train: ['data_256_standard', 'data_256', 'data_large_standard', 'data_large', 'data_challenge', 'train', ''],
  val: ['val_256', 'val_large', 'val', ''],
  test: ['test_256', 'test_large', 'test', ''],
};
const PROBED = 20;

function findList(tree: FileTree, names: readonly string[]): string | null {
  return (
    LIST_FOLDERS.flatMap((folder) => names.map((name) => `${folder}${name}`)).find((path) => tree.has(path)) ?? null
  );
}

function detect(tree: FileTree): Detection | null {
  const found = [findList(tree, [CATEGORIES]), findList(tree, TRAIN_LISTS), findList(tree, [VAL_LIST])].filter(
    (path) => path !== null,
  );
  return found.length < 2 ? null : { confidence: 0.95, description: `Places365 by its lists: ${found.join(', ')}` };
}

/** `/a/airfield 0`: the class's path and its number, which are in order. */
function readCategories(tree: FileTree): { ids: string[]; names: string[]; file: string } {
  const file = requireList(tree, [CATEGORIES]);
  const rows = readLines(tree, file).map((line) => /^\/?(\S+)\s+(\d+)$/.exec(line));
  const ids = rows.map((row, i) => {
    if (row === null || Number(row[2]) !== i)
      throw new StudioError(
        'dataset.layoutMismatch',
        `Line ${i + 1} of ${file} does not hold a class and the number ${i}.`,
        { remedy: 'Use the list as it is distributed.', details: { file } },
      );
    return row[1]!;
  });
  // /a/apartment_building/outdoor is filed under its first letter, which is no part of its name.
  const names = ids.map((id) =>
    id
      .replace(/^[a-z]\//, '')
      .split('/')
      .map((part) => part.replaceAll('_', ' '))
      .join(', '),
  );
  return { ids, names, file };
}

function requireList(tree: FileTree, names: readonly string[]): string {
  const file = findList(tree, names);
  if (file !== null) return file;
  throw new StudioError('dataset.layoutMismatch', `${names.join(' or ')} is missing.`, {
    remedy: 'Put the lists of Places365 (filelist_places365-standard) beside the folders of images.',
    details: { names: [...names] },
  });
}

/**
 * Pictures of one list with their folder written before them.
 * @throws {StudioError} dataset.labelRange, dataset.notFound, dataset.layoutMismatch
 */
function readList(tree: FileTree, file: string, split: Split, classes: number): { path: string; label: number }[] {
  const rows = readLines(tree, file).map((line, i) => {
    const [path = '', value] = line.split(/\s+/);
    const label = value === undefined ? -1 : Number(value);
    if (value !== undefined && !(Number.isInteger(label) && label >= 0 && label < classes))
      throw new StudioError(
        'dataset.labelRange',
        `Line ${i + 1} of ${file} has the label ${value}; with ${classes} classes labels go from 0 to ${classes - 1}.`,
        { remedy: 'Use the list that belongs to the categories.', details: { file } },
      );
    if (value === undefined && split !== 'test')
      throw new StudioError('dataset.missingAnnotations', `Line ${i + 1} of ${file} has no label.`, {
        remedy: 'Use the list as it is distributed.',
        details: { file },
      });
    const relative = path.replace(/^\/+/, '');
    if (relative.split('/').includes('..'))
      throw new StudioError(
        'dataset.layoutMismatch',
        `Line ${i + 1} of ${file} names an image outside of the folder.`,
        { remedy: 'Use the list as it is distributed.', details: { file } },
      );
    return { path: relative, label };
  });
  const probed = rows.slice(0, PROBED);
  const folder = PICTURE_FOLDERS[split].find(
    (name) =>
      (name === '' || tree.has(name)) && probed.some(({ path }) => tree.has(name === '' ? path : `${name}/${path}`)),
  );
  if (folder === undefined) {
    throw new StudioError(
      'dataset.notFound',
      `None of the first ${probed.length} images of ${file} is in ` +
        `${PICTURE_FOLDERS[split].filter((name) => name !== '').join(', ')}.`,
      { remedy: 'Put the folder of images beside the lists.', details: { file, first: probed[0]?.path ?? '' } },
    );
  }
  return rows.map(({ path, label }) => ({ path: folder === '' ? path : `${folder}/${path}`, label }));
}

function scan(tree: FileTree, fractions: ScanOptions): Scan {
  const { ids, names, file: categories } = readCategories(tree);
  requireTwoClasses(ids, tree.root);
  const trainList = requireList(tree, TRAIN_LISTS);
  const valList = findList(tree, [VAL_LIST]);
  const testList = findList(tree, [TEST_LIST]);
  const hasTest = testList !== null && PICTURE_FOLDERS.test.some((name) => name !== '' && tree.has(name));
  const drawn = { ...fractions, val: valList === null ? fractions.val : 0, test: hasTest ? 0 : fractions.test };
  const ofClass = ids.map(() => [] as string[]);
  for (const { path, label } of readList(tree, trainList, 'train', ids.length)) ofClass[label]!.push(path);
  const empty = ofClass.findIndex((paths) => paths.length === 0);
  if (empty >= 0)
    throw new StudioError('dataset.emptyClass', `${trainList} lists no image of the class ${ids[empty]}.`, {
      remedy: 'Use the list as it is distributed.',
      details: { class: ids[empty]! },
    });
  const entries: PictureEntry[] = [];
  ofClass.forEach((paths, label) => {
    const parts = drawSplits(paths.length, label, drawn);
    paths.forEach((path, i) => entries.push({ path, split: parts[i]!, label }));
  });
  if (valList !== null)
    for (const { path, label } of readList(tree, valList, 'val', ids.length))
      entries.push({ path, split: 'val', label });
  if (hasTest)
    for (const { path } of readList(tree, testList, 'test', ids.length))
      entries.push({ path, split: 'test', label: -1 });
  return {
    classIds: ids,
    classNames: names,
    kind: 'files',
    entries: bySplit(entries),
    problems: [],
    notes: [`class order: ${categories}`],
    sourceFiles: [categories, trainList, ...(valList === null ? [] : [valList]), ...(hasTest ? [testList] : [])],
    brought: { val: valList !== null, test: hasTest },
    splitRule: valList !== null ? `val is the data set's own list ${valList}` : describeDraw(fractions, hasTest),
  };
}

export const places365: Reader = {
  layout: 'places365',
  looksLike:
    'places365: categories_places365.txt, places365_train_standard.txt, places365_val.txt, data_256/ and val_256/',
  detect,
  scan,
};
