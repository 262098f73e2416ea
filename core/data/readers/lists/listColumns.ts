/** Which column of a list holds paths, classes and splits: as the user says, by its name, or by what is in it. */
import type { ColumnQuestion } from '../../../../contract/dataset.ts';
import { StudioError } from '../../../../contract/errors.ts';
import type { CsvRow } from '../../sources/csvRows.ts';
import { isPictureName } from '../../sources/pictureFiles.ts';
import { plainSplit } from '../splitNames.ts';

/** What the user says about the columns: names, or numbers from 1. */
export interface ColumnChoice {
  readonly pathColumn?: string | undefined;
  readonly labelColumn?: string | undefined;
  readonly splitColumn?: string | undefined;
}

export interface ListColumns {
  /** Names of the columns; null where the list has no header. */
  readonly header: readonly string[] | null;
  readonly path: number;
  /** The column of the class; several where each class has a column of its own; none where the list has no labels. */
  readonly label: readonly number[];
  readonly split: number | null;
  /**
   * How the split column is to be read: words, true or false for validation, or numbers of folds of which the least is
   * validation.
   */
  readonly splitKind: 'word' | 'isValid' | 'fold';
  /** What is worth knowing about columns that were not used. */
  readonly notes: readonly string[];
}

const PATH_NAMES = [
  'path',
  'paths',
  'file',
  'files',
  'filename',
  'filenames',
  'filepath',
  'filepaths',
  'file name',
  'file path',
  'image',
  'images',
  'image path',
  'image name',
  'image file',
  'img',
  'img path',
  'name',
  'image id',
  'id',
  'id code',
];
const LABEL_NAMES = [
  'class name',
  'classname',
  'label',
  'labels',
  'class',
  'category',
  'target',
  'y',
  'choice',
  'breed',
  'species',
  'cats',
  'tag',
  'diagnosis',
  'class id',
  'label id',
  'category id',
];
const SPLIT_NAMES = ['split', 'set', 'subset', 'partition', 'data set', 'dataset', 'usage', 'phase', 'stage', 'role'];
const VALID_NAMES = ['is valid', 'is val', 'is validation', 'valid', 'validation'];
const FOLD_NAMES = ['fold', 'kfold', 'folds', 'fold id'];

/** `File_Name` and `file-name` are `file name`. */
function plainName(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, ' ');
}

function firstOf(header: readonly string[], names: readonly string[]): number | null {
  const plain = header.map(plainName);
  for (const name of names) {
    const at = plain.indexOf(name);
    if (at >= 0) return at;
  }
  return null;
}

/** Columns and rows that are shown. */
const SHOWN_COLUMNS = 50;
const SHOWN_ROWS = 5;
const shortened = (cells: readonly string[]): string[] =>
  cells.slice(0, SHOWN_COLUMNS).map((cell) => cell.slice(0, 80));

/** What was read as what, as a page shows it beside the first rows. */
export function columnsRead(file: string, rows: readonly CsvRow[], columns: ListColumns): ColumnQuestion {
  const header = columns.header ?? (rows[0]?.cells ?? []).map((_, i) => String(i + 1));
  return {
    file,
    columns: shortened(header),
    rows: rows.slice(0, SHOWN_ROWS).map(({ cells }) => shortened(cells)),
    pathColumn: columns.path,
    labelColumn: columns.label.length === 1 ? columns.label[0]! : null,
    splitColumn: columns.split,
  };
}

function ask(file: string, rows: readonly CsvRow[], header: readonly string[], why: string): StudioError {
  const columns = shortened(header);
  return new StudioError('dataset.columns', `${file}: ${why} Its columns are ${listed(columns)}.`, {
    remedy:
      'Say which columns to use: --path-column, --label-column and, if there is one, --split-column, by name or ' +
      'number.',
    details: {
      file,
      columns,
      rows: rows.slice(0, SHOWN_ROWS).map(({ cells }) => shortened(cells)),
      pathColumn: firstOf(header, PATH_NAMES),
      labelColumn: firstOf(header, LABEL_NAMES),
      splitColumn: firstOf(header, SPLIT_NAMES),
    },
  });
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 12).map((name, i) => name || `(${i + 1})`);
  return `${shown.join(', ')}${names.length > shown.length ? ', …' : ''}`;
}

/**
 * The place of the column that the user names.
 * @throws {StudioError} dataset.columns: there is none
 */
function chosen(
  file: string,
  rows: readonly CsvRow[],
  header: readonly string[],
  text: string | undefined,
): number | null {
  if (text === undefined) return null;
  const exact = header.indexOf(text);
  const at = exact >= 0 ? exact : header.map(plainName).indexOf(plainName(text));
  if (at >= 0) return at;
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= header.length) return number - 1;
  throw ask(file, rows, header, `there is no column "${text.slice(0, 80)}".`);
}

/**
 * Finds the columns from the first rows of a list.
 * @throws {StudioError} dataset.columns: it is not clear which they are; details has the columns, some rows and a guess
 */
export function findColumns(file: string, rows: readonly CsvRow[], choice: ColumnChoice = {}): ListColumns {
  const [first, ...others] = rows;
  const cells = first?.cells ?? [];
  const headless = cells.some(looksLikePath) && choice.pathColumn === undefined;
  if (headless) return withoutHeader(file, rows, choice);
  const header = cells;
  const named = chosen(file, rows, header, choice.pathColumn);
  const path = named ?? pathColumn(header, others);
  if (path === null) throw ask(file, rows, header, 'it is not clear which column names the image files.');
  const { split, splitKind, notes } = splitColumn(file, rows, header, path, choice.splitColumn);
  const label = labelColumns(file, rows, header, { path, split, choice });
  return { header, path, label, split, splitKind, notes };
}

/** A cell that is no name of a column: it ends like a picture, or leads to one. */
function looksLikePath(cell: string): boolean {
  return isPictureName(cell);
}

function withoutHeader(file: string, rows: readonly CsvRow[], choice: ColumnChoice): ListColumns {
  const cells = rows[0]!.cells;
  const header = cells.map((_, i) => `column ${i + 1}`);
  const path = cells.findIndex(looksLikePath);
  const others = cells.map((_, i) => i).filter((i) => i !== path && cells[i] !== '');
  const splitAt =
    chosen(file, rows, header, choice.splitColumn) ??
    others.find((i) => rows.slice(0, PROBED).every((row) => splitWord(row.cells[i] ?? ''))) ??
    null;
  const wanted = chosen(file, rows, header, choice.labelColumn);
  // A first column of running numbers is an index.
  const free = others.filter((i) => i !== splitAt && !isIndex(rows, i));
  const label = wanted !== null ? [wanted] : free;
  if (label.length > 1)
    throw ask(file, rows, cells, 'it has no header, and it is not clear which column is the class.');
  return { header: null, path, label, split: splitAt, splitKind: 'word', notes: [] };
}

const PROBED = 200;

function splitWord(cell: string): boolean {
  return cell === '' || plainSplit(cell) !== undefined || /^unassigned$/i.test(cell);
}

/** 0, 1, 2 … or 1, 2, 3 … in the order of the rows. */
function isIndex(rows: readonly CsvRow[], column: number): boolean {
  const numbers = rows.slice(0, PROBED).map(({ cells }) => Number(cells[column] === '' ? NaN : cells[column]));
  return numbers.length > 2 && numbers.every((value, i) => value === numbers[0]! + i) && numbers[0]! <= 1;
}

function pathColumn(header: readonly string[], rows: readonly CsvRow[]): number | null {
  const byName = firstOf(header, PATH_NAMES);
  const probed = rows.slice(0, PROBED);
  const holdsPaths = (column: number): boolean =>
    probed.length > 0 && probed.every(({ cells }) => looksLikePath(cells[column] ?? ''));
  const byContent = header.map((_, i) => i).filter(holdsPaths);
  // An id beside a column of file names is only an id.
  if (byName !== null && (byContent.length === 0 || holdsPaths(byName))) return byName;
  return byContent.length > 0 ? byContent[0]! : byName;
}

function splitColumn(
  file: string,
  rows: readonly CsvRow[],
  header: readonly string[],
  path: number,
  choice: string | undefined,
): Pick<ListColumns, 'split' | 'splitKind' | 'notes'> {
  const values = (column: number): string[] =>
    rows.slice(1, PROBED).map(({ cells }) => (cells[column] ?? '').toLowerCase());
  const kindOf = (column: number): ListColumns['splitKind'] =>
    values(column).every((value) => /^(true|false|0|1|yes|no|)$/.test(value))
      ? 'isValid'
      : values(column).every((value) => /^\d*$/.test(value))
        ? 'fold'
        : 'word';
  const wanted = chosen(file, rows, header, choice);
  if (wanted !== null) {
    const kind = kindOf(wanted);
    const isFold = kind !== 'word' && !VALID_NAMES.includes(plainName(header[wanted]!));
    return { split: wanted, splitKind: isFold ? 'fold' : kind, notes: [] };
  }
  const valid = firstOf(header, VALID_NAMES);
  if (valid !== null && valid !== path && kindOf(valid) === 'isValid' && !isOneHot(header, rows, valid))
    return { split: valid, splitKind: 'isValid', notes: [] };
  const word = firstOf(header, SPLIT_NAMES);
  if (word !== null && word !== path && kindOf(word) === 'word') return { split: word, splitKind: 'word', notes: [] };
  const fold = firstOf(header, FOLD_NAMES) ?? word;
  const notes =
    fold === null || fold === path
      ? []
      : [`the column "${header[fold]}" of ${file} holds numbers and was not used as a split; --split-column takes it`];
  return { split: null, splitKind: 'word', notes };
}

interface LabelSearch {
  readonly path: number;
  readonly split: number | null;
  readonly choice: ColumnChoice;
}

function labelColumns(
  file: string,
  rows: readonly CsvRow[],
  header: readonly string[],
  { path, split, choice }: LabelSearch,
): number[] {
  const wanted = chosen(file, rows, header, choice.labelColumn);
  if (wanted !== null) return [wanted];
  const oneHot = oneHotColumns(file, header, rows, [path, split]);
  if (oneHot.length > 0) return oneHot;
  const byName = firstOf(
    header.map((name, i) => (i === path || i === split ? '' : name)),
    LABEL_NAMES,
  );
  if (byName !== null) return [byName];
  const others = header
    .map((_, i) => i)
    .filter(
      (i) => i !== path && i !== split && !isIndex(rows.slice(1), i) && !FOLD_NAMES.includes(plainName(header[i]!)),
    );
  if (others.length > 1) throw ask(file, rows, header, 'it is not clear which column is the class.');
  return others;
}

/** Of the rows: so many with one class each are no coincidence. */
const MOSTLY = 0.8;
const ZERO_OR_ONE = /^[01](?:\.0+)?$/;

/**
 * Columns of zeros and ones, one 1 in each row.
 * @throws {StudioError} dataset.columns: rows with several ones or none
 */
function oneHotColumns(
  file: string,
  header: readonly string[],
  rows: readonly CsvRow[],
  taken: readonly (number | null)[],
): number[] {
  const probed = rows.slice(1, PROBED);
  const columns = header
    .map((_, i) => i)
    .filter(
      (i) => !taken.includes(i) && probed.length > 0 && probed.every(({ cells }) => ZERO_OR_ONE.test(cells[i] ?? '')),
    );
  if (columns.length < 2) return [];
  const ones = probed.map(({ cells }) => columns.filter((i) => Number(cells[i]) === 1).length);
  if (ones.every((count) => count === 1)) return columns;
  const single = ones.filter((count) => count === 1).length;
  const named = columns.some((i) => LABEL_NAMES.includes(plainName(header[i]!)));
  // A column called label beside others of yes and no, which mean something else.
  if (named && single < MOSTLY * ones.length) return [];
  const line = probed[ones.findIndex((count) => count !== 1)]!.line;
  throw ask(
    file,
    rows,
    header,
    `each class seems to have a column of its own, but line ${line} names none or several.`,
  );
}

function isOneHot(header: readonly string[], rows: readonly CsvRow[], column: number): boolean {
  const probed = rows.slice(1, PROBED);
  const columns = header
    .map((_, i) => i)
    .filter((i) => probed.length > 0 && probed.every(({ cells }) => ZERO_OR_ONE.test(cells[i] ?? '')));
  return (
    columns.length > 2 &&
    columns.includes(column) &&
    probed.every(({ cells }) => columns.filter((i) => Number(cells[i]) === 1).length === 1)
  );
}

/** In words, for the notes: `paths from "image", classes from "label"`. */
export function describeColumns(file: string, { header, path, label, split }: ListColumns): string {
  const name = (at: number): string => (header === null ? `column ${at + 1}` : `"${header[at]}"`);
  const parts = [`paths from ${name(path)}`];
  if (label.length === 1) parts.push(`classes from ${name(label[0]!)}`);
  if (label.length > 1) parts.push(`classes from ${label.length} columns of zeros and ones`);
  if (label.length === 0) parts.push('no classes');
  if (split !== null) parts.push(`splits from ${name(split)}`);
  return `${file}: ${parts.join(', ')}`;
}
