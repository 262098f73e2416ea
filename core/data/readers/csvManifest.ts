/**
 * A list of images: a table (CSV, TSV), `path label` lines, or JSON lines, one or one for each split, with path, class
 * and, if wanted, split. Relative paths start at the list's own folder and must stay inside the data set; absolute
 * paths are taken as written, because the user wrote them, but never from a list that came in an archive, nor from
 * outside of the folders that a browser may name.
 */
import type { Split } from '../../../contract/dataset.ts';
import { StudioError } from '../../../contract/errors.ts';
import { drawSplits } from '../batches/stratify.ts';
import type { FileTree } from '../sources/fileTree.ts';
import { requireTwoClasses } from './classFolders.ts';
import { findColumns } from './lists/listColumns.ts';
import { findListFiles, type ListFile } from './lists/listFiles.ts';
import { orderNotes, sortClasses, suspiciousLabels } from './lists/listLabels.ts';
import { ListPlaces } from './lists/listPlaces.ts';
import { findOfficialList } from './lists/officialLists.ts';
import { ListRows, type ListedImage } from './lists/listRows.ts';
import { firstRows, openList } from './lists/listText.ts';
import {
  bySplit,
  describeDraw,
  type Detection,
  type PictureEntry,
  type Reader,
  type Scan,
  type ScanOptions,
} from './reader.ts';

/** A list beside this many folders is most often a by-product of class folders. */
const CLASS_FOLDERS = 2;
const CONFIDENCE = { beside: 0.45, alone: 0.6, officialSplits: 0.75 } as const;

function detect(tree: FileTree, { manifest }: Pick<ScanOptions, 'manifest'> = {}): Detection | null {
  const official = manifest === undefined ? findOfficialList(tree) : null;
  if (official !== null) return { confidence: CONFIDENCE.officialSplits, description: official.title };
  const lists = findListFiles(tree, manifest);
  const first = lists?.[0];
  if (lists === null || first === undefined || !tree.has(first.file)) return null;
  if (manifest === undefined && !readsAsList(tree, first)) return null;
  const beside = manifest === undefined && tree.list('').folders.length >= CLASS_FOLDERS;
  return {
    confidence: lists.length > 1 ? CONFIDENCE.officialSplits : beside ? CONFIDENCE.beside : CONFIDENCE.alone,
    description: `list of images ${lists.map((list) => list.file).join(', ')}`,
  };
}

/** Whether the first rows have columns; that it is not clear which is a question for the scan. */
function readsAsList(tree: FileTree, { file }: ListFile): boolean {
  try {
    const head = firstRows(openList(tree, file));
    if (head.length === 0) return false;
    findColumns(file, head);
    return true;
  } catch (error) {
    return error instanceof StudioError && error.code === 'dataset.columns' && error.details?.pathColumn !== null;
  }
}

interface Listed {
  readonly images: readonly ListedImage[];
  readonly problems: Scan['problems'];
  readonly notes: readonly string[];
  readonly files: readonly string[];
  readonly columns?: Scan['list'];
}

function readLists(tree: FileTree, options: ScanOptions): Listed {
  const places = new ListPlaces(tree, options);
  const official = options.manifest === undefined ? findOfficialList(tree) : null;
  if (official !== null) {
    const { images, missing } = official.images(places);
    const problems = missing.map((path) => ({
      path,
      split: null,
      reason: `not there (listed in ${official.files[0]})`,
    }));
    return { images, problems, notes: [officialNote(official.title, images)], files: official.files };
  }
  const lists = findListFiles(tree, options.manifest);
  if (lists === null) throw noList(tree);
  const rows = new ListRows(tree, places, options);
  for (const list of lists) rows.add(list);
  const images = rows.images();
  const problems = rows.finish();
  return { images, problems, notes: rows.notes, files: lists.map(({ file }) => file), columns: rows.columns };
}

function officialNote(title: string, images: readonly ListedImage[]): string {
  return images.some(({ split }) => split !== null) ? `${title}: the official splits are used` : title;
}

function scan(tree: FileTree, options: ScanOptions): Scan {
  const { images, problems, notes: listNotes, files, columns } = readLists(tree, options);
  const classIds = classesOf(images);
  if (classIds.length === 0) throw noLabels(files[0]!);
  requireTwoClasses(classIds, files[0]!);
  const { entries, notes, unlabelled } = label(images, classIds, options);
  const ownVal = images.some(({ split }) => split === 'val');
  const ownTest = images.some(({ split }) => split === 'test');
  return {
    classIds,
    classNames: classIds,
    kind: 'files',
    entries: bySplit(entries),
    problems: [...problems, ...unlabelled],
    notes: [...listNotes, ...orderNotes(classIds), ...suspiciousLabels(classIds), ...notes],
    sourceFiles: files,
    list: columns,
    brought: { val: ownVal, test: ownTest },
    splitRule: ownVal ? 'val is what the list says' : describeDraw(options, ownTest),
  };
}

function forTraining({ split }: ListedImage): boolean {
  return split === null || split === 'train';
}

/** Of the training images. */
function classesOf(images: readonly ListedImage[]): string[] {
  return sortClasses(
    new Set(images.filter((image) => forTraining(image) && image.label !== '').map((image) => image.label)),
  );
}

interface Labelled {
  readonly entries: PictureEntry[];
  readonly notes: string[];
  readonly unlabelled: { path: string; split: Split | null; reason: string }[];
}

function label(images: readonly ListedImage[], classIds: readonly string[], fractions: ScanOptions): Labelled {
  const labels = new Map(classIds.map((id, at) => [id, at]));
  const ownVal = images.some(({ split }) => split === 'val');
  const ownTest = images.some(({ split }) => split === 'test');
  const drawn = { ...fractions, val: ownVal ? 0 : fractions.val, test: ownTest ? 0 : fractions.test };
  const entries: PictureEntry[] = [];
  const unlabelled: Labelled['unlabelled'] = [];
  const ofClass = classIds.map(() => [] as ListedImage[]);
  const foreign = new Map<string, number>();
  for (const image of images) {
    const { path, split } = image;
    const at = image.label === '' ? -1 : labels.get(image.label);
    if (at === undefined) foreign.set(image.label, (foreign.get(image.label) ?? 0) + 1);
    else if (!forTraining(image) && (at >= 0 || split === 'test'))
      entries.push({ path, split: split as Split, label: at });
    else if (at < 0) unlabelled.push({ path, split, reason: 'no label' });
    else ofClass[at]!.push(image);
  }
  ofClass.forEach((own, at) => {
    const free = own.filter(({ split }) => split === null || !ownVal);
    const parts = drawSplits(free.length, at, drawn);
    const drawnTo = new Map(free.map(({ path }, i) => [path, parts[i]!]));
    for (const { path } of own) entries.push({ path, split: drawnTo.get(path) ?? 'train', label: at });
  });
  const left = [...foreign.values()].reduce((sum, count) => sum + count, 0);
  const names = [...foreign.keys()].slice(0, 5).map((name) => name.slice(0, 80));
  const notes =
    left === 0
      ? []
      : [
          `${left.toLocaleString('en')} images of val and test have labels that no training image has ` +
            `(${names.join(', ')}), and were left out`,
        ];
  return { entries, notes, unlabelled };
}

function noLabels(file: string): StudioError {
  return new StudioError('dataset.empty', `${file} names no classes of its images, so nothing can be trained on it.`, {
    remedy: 'Choose the list that has labels, or say which column holds them: --label-column.',
    details: { file },
  });
}

function noList(tree: FileTree): StudioError {
  const tables = tree.list('').others.filter((name) => /\.(csv|tsv)$/i.test(name));
  return new StudioError(
    'dataset.layoutMismatch',
    tables.length === 0
      ? `${tree.root} has no list of images.`
      : `There are ${tables.length} CSV files (${tables.slice(0, 5).join(', ')}), and it is not clear which one is ` +
          'meant.',
    { remedy: 'Choose the CSV file itself instead of its folder.' },
  );
}

export const csvManifest: Reader = {
  layout: 'csv-manifest',
  looksLike:
    'csv-manifest: a list of images (CSV, TSV, text or JSON lines) with the columns path, label and, if wanted, split',
  detect,
  scan,
};
