/**
 * A CSV list of pictures: path, label and, if wanted, split. Relative paths start at the CSV's own folder and must stay inside it; absolute paths
 * are taken as written, because the user wrote them, but never from a list that came in an archive.
 */
import { readSync, openSync, closeSync } from 'node:fs';
import { posix } from 'node:path';
import type { Quarantined, Split } from '../../../contract/dataset.ts';
import { StudioError } from '../../../contract/errors.ts';
import { csvRows, guessSeparator, type CsvRow } from '../sources/csvRows.ts';
import { readText, type FileTree } from '../sources/fileTree.ts';
import { isPictureName } from '../sources/pictureFiles.ts';
import { drawSplits } from '../batches/stratify.ts';
import { requireTwoClasses, SPLIT_NAMES } from './classFolders.ts';
import {
  bySplit,
  describeDraw,
  type Detection,
  type PictureEntry,
  type Reader,
  type Scan,
  type ScanOptions,
} from './reader.ts';

const COLUMN_NAMES = {
  path: [
    'path',
    'file',
    'filename',
    'file_name',
    'filepath',
    'file_path',
    'image',
    'image_path',
    'img',
    'name',
    'id',
    'image_id',
  ],
  label: ['label', 'labels', 'class', 'class_name', 'classname', 'category', 'target', 'y'],
  split: ['split', 'set', 'subset', 'partition', 'fold'],
} as const;
const ONE_CLASS_FOLDER = 2;
const PROBED = 20;

interface Columns {
  readonly path: number;
  readonly label: number;
  readonly split: number;
  readonly header: boolean;
}

/** Lists there are: the chosen one, the only one, or train.csv with val.csv and test.csv; null when it is not clear. */
function findLists(tree: FileTree, manifest: string | undefined): { file: string; split: Split | null }[] | null {
  if (manifest !== undefined) return [{ file: manifest, split: null }];
  const lists = tree.list('').others.filter((name) => /\.(csv|tsv)$/i.test(name));
  if (lists.length === 1) return [{ file: lists[0] as string, split: null }];
  const named = lists.flatMap((file) => {
    const split = SPLIT_NAMES[file.toLowerCase().replace(/\.(csv|tsv)$/, '')];
    return split === undefined ? [] : [{ file, split }];
  });
  return named.some(({ split }) => split === 'train') ? named : null;
}

/** By the header, or by the first cell's looking like a picture file; null when it is neither. */
function findColumns(first: readonly string[]): Columns | null {
  const lower = first.map((cell) => cell.toLowerCase());
  const find = (names: readonly string[]): number =>
    names.map((name) => lower.indexOf(name)).find((at) => at >= 0) ?? -1;
  const header = { path: find(COLUMN_NAMES.path), label: find(COLUMN_NAMES.label), split: find(COLUMN_NAMES.split) };
  if (header.path >= 0 && header.label >= 0) return { ...header, header: true };
  const path = first.findIndex((cell) => isPictureName(cell));
  if (path !== 0 || first.length < 2) return null;
  return {
    path: 0,
    label: 1,
    split: first.length > 2 && SPLIT_NAMES[lower[2] as string] !== undefined ? 2 : -1,
    header: false,
  };
}

function head(path: string): string {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(65_536);
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, 0)).replace(/^\uFEFF/, '');
  } finally {
    closeSync(file);
  }
}

function detect(tree: FileTree, { manifest }: Pick<ScanOptions, 'manifest'> = {}): Detection | null {
  const listing = tree.list('');
  const lists = findLists(tree, manifest);
  const file = lists?.[0]?.file;
  if (lists === null || file === undefined || !tree.has(file)) return null;
  const text = head(tree.file(file));
  const first = csvRows(text, guessSeparator(text)).next().value?.cells ?? [];
  if (manifest === undefined && findColumns(first) === null) return null;
  // Beside class folders a list is most often a by-product of theirs.
  return {
    confidence: manifest === undefined && listing.folders.length >= ONE_CLASS_FOLDER ? 0.45 : 0.6,
    description: `CSV list ${lists.map((list) => list.file).join(', ')}`,
  };
}

interface Row {
  readonly path: string;
  readonly label: string;
  readonly split: Split | null;
}

class ManifestScan {
  readonly problems: Quarantined[] = [];
  readonly #tree: FileTree;
  readonly #seen = new Set<string>();
  absolute = 0;

  constructor(tree: FileTree) {
    this.#tree = tree;
  }

  rows(file: string, ownSplit: Split | null): Row[] {
    const text = readText(this.#tree, file);
    const rows = csvRows(text, guessSeparator(text));
    const first = rows.next().value;
    const columns = first ? findColumns(first.cells) : null;
    if (first === undefined || columns === null) {
      throw new StudioError(
        'dataset.layoutMismatch',
        `${file} does not start like a list of pictures (${first ? first.cells.slice(0, 4).join(', ') : 'it is empty'}).`,
        {
          remedy:
            "Its first line must name the columns path and label (and split, if there is one), or be a picture's path and label.",
          details: { file },
        },
      );
    }
    const found = columns.header ? [] : [this.#row(file, first, columns, ownSplit)];
    for (const row of rows) found.push(this.#row(file, row, columns, ownSplit));
    return found.filter((row) => row !== null);
  }

  #row(file: string, { cells, line }: CsvRow, columns: Columns, ownSplit: Split | null): Row | null {
    const written = cells[columns.path] ?? '';
    const value = columns.split < 0 ? '' : (cells[columns.split] ?? '');
    const split = value === '' ? ownSplit : SPLIT_NAMES[value.toLowerCase()];
    if (split === undefined) {
      throw new StudioError(
        'dataset.layoutMismatch',
        `Line ${line} of ${file} has the split "${value.slice(0, 40)}".`,
        {
          remedy: 'Splits are called train, val (or validation) and test; leave the cell empty to have val drawn.',
          details: { file, line },
        },
      );
    }
    const path = this.#placeOf(file, line, written);
    if (this.#seen.has(path)) {
      this.problems.push({ path, split, reason: `listed twice (line ${line} of ${file})` });
      return null;
    }
    this.#seen.add(path);
    return { path, label: cells[columns.label] ?? '', split };
  }

  #placeOf(file: string, line: number, written: string): string {
    const slashes = written.replaceAll('\\', '/');
    const refuse = (what: string): StudioError =>
      new StudioError(
        'dataset.layoutMismatch',
        `Line ${line} of ${file} names ${JSON.stringify(written.slice(0, 120))}, ${what}.`,
        {
          remedy: 'Write paths relative to the folder of the CSV file, without "..", or whole absolute paths.',
          details: { file, line },
        },
      );
    if (written === '' || written.includes('\0')) throw refuse('which is no path');
    if (posix.isAbsolute(slashes) || /^[A-Za-z]:\//.test(slashes)) {
      if (this.#tree.closed)
        throw refuse('an absolute path; a list in an archive may only name what is in the archive');
      this.absolute += 1;
      return slashes;
    }
    const path = posix.normalize(slashes);
    if (path === '..' || path.startsWith('../')) throw refuse('which leads out of the folder of the CSV file');
    return path;
  }
}

/** Numbers in their order, everything else by code unit. */
function sortLabels(labels: Iterable<string>): string[] {
  const all = [...labels];
  return all.every((label) => /^-?\d+$/.test(label)) ? all.sort((a, b) => Number(a) - Number(b)) : all.sort();
}

function requireSomeThere(tree: FileTree, file: string, rows: readonly Row[]): void {
  const probed = rows.slice(0, PROBED);
  if (probed.some(({ path }) => tree.has(path))) return;
  throw new StudioError(
    'dataset.notFound',
    `None of the first ${probed.length} pictures that ${file} lists is there (${probed
      .slice(0, 3)
      .map(({ path }) => path)
      .join(', ')}).`,
    {
      remedy: 'Paths start at the folder of the CSV file: move the file, or write the folders before the names.',
      details: { file },
    },
  );
}

function scan(tree: FileTree, { manifest, ...fractions }: ScanOptions): Scan {
  const lists = findLists(tree, manifest);
  if (lists === null) {
    const found = tree.list('').others.filter((name) => /\.(csv|tsv)$/i.test(name));
    throw new StudioError(
      'dataset.layoutMismatch',
      found.length === 0
        ? `${tree.root} has no CSV list.`
        : `There are ${found.length} CSV files (${found.slice(0, 5).join(', ')}), and it is not clear which one is meant.`,
      { remedy: 'Choose the CSV file itself instead of its folder.' },
    );
  }
  const scanning = new ManifestScan(tree);
  const rows = lists.flatMap(({ file, split }) => scanning.rows(file, split));
  const main = (lists[0] as { file: string }).file;
  if (rows.length === 0)
    throw new StudioError('dataset.empty', `${main} lists no pictures.`, {
      remedy: 'Add a line for each picture: path,label.',
    });
  requireSomeThere(tree, main, rows);
  const forTraining = (row: Row): boolean => row.split === null || row.split === 'train';
  const classIds = sortLabels(
    new Set(rows.filter((row) => forTraining(row) && row.label !== '').map(({ label }) => label)),
  );
  requireTwoClasses(classIds, main);
  const labels = new Map(classIds.map((id, label) => [id, label]));
  const ownVal = rows.some(({ split }) => split === 'val');
  const ownTest = rows.some(({ split }) => split === 'test');
  const drawn = { ...fractions, val: ownVal ? 0 : fractions.val, test: ownTest ? 0 : fractions.test };
  const entries: PictureEntry[] = [];
  const ofClass = classIds.map(() => [] as Row[]);
  let foreign = 0;
  for (const row of rows) {
    const label = row.label === '' ? -1 : labels.get(row.label);
    if (label === undefined) foreign += 1;
    else if (!forTraining(row) && (label >= 0 || row.split === 'test'))
      entries.push({ path: row.path, split: row.split as Split, label });
    else if (label < 0) scanning.problems.push({ path: row.path, split: row.split, reason: 'no label' });
    else (ofClass[label] as Row[]).push(row);
  }
  ofClass.forEach((own, label) => {
    const free = own.filter(({ split }) => split === null || !ownVal);
    const parts = drawSplits(free.length, label, drawn);
    const drawnTo = new Map(free.map(({ path }, i) => [path, parts[i] as Split]));
    for (const { path } of own) entries.push({ path, split: drawnTo.get(path) ?? 'train', label });
  });
  const notes = [
    ...(foreign > 0
      ? [
          `${foreign.toLocaleString('en')} pictures of val and test have labels that no training picture has, and were left out`,
        ]
      : []),
    ...(scanning.absolute > 0
      ? [`${scanning.absolute.toLocaleString('en')} pictures are listed by absolute paths`]
      : []),
  ];
  return {
    classIds,
    classNames: classIds,
    kind: 'files',
    entries: bySplit(entries),
    problems: scanning.problems,
    notes,
    sourceFiles: lists.map(({ file }) => file),
    splitRule: ownVal ? 'val is what the list says' : describeDraw(fractions, ownTest),
  };
}

export const csvManifest: Reader = {
  layout: 'csv-manifest',
  looksLike: 'csv-manifest: a CSV file with the columns path, label and, if wanted, split',
  detect,
  scan,
};
