/** The images that lists name, each once: with its place, class and split, and what contradicts itself. */
import { posix } from 'node:path';
import type { ColumnQuestion, ListChoices, Quarantined, Split } from '../../../../contract/dataset.ts';
import { StudioError } from '../../../../contract/errors.ts';
import type { CsvRow } from '../../sources/csvRows.ts';
import type { FileTree } from '../../sources/fileTree.ts';
import { plainSplit, splitOfName } from '../splitNames.ts';
import { columnsRead, describeColumns, findColumns, type ColumnChoice, type ListColumns } from './listColumns.ts';
import type { ListFile } from './listFiles.ts';
import { isAbsolutePath, type Finder, type ListPlaces } from './listPlaces.ts';
import { firstRows, openList, type ListText } from './listText.ts';

export interface ListedImage {
  /** Relative to the root, or absolute. */
  readonly path: string;
  /** '' where it has none. */
  readonly label: string;
  readonly split: Split | null;
}

interface Listing extends ListedImage {
  readonly line: number;
  readonly file: string;
}

/** ImageNet has 1.4 million images; a list of more fills the memory. */
const MAX_ROWS = 1_500_000;
/** Images that are not there and are named one by one; of more, their number is enough. */
const MAX_MISSING = 10_000;
const SHOWN = 120;

export interface ListOptions extends ColumnChoice, Pick<ListChoices, 'encoding' | 'delimiter'> {}

export class ListRows {
  readonly notes: string[] = [];
  /** The columns of the first list. */
  columns: ColumnQuestion | undefined;
  readonly #tree: FileTree;
  readonly #places: ListPlaces;
  readonly #options: ListOptions;
  readonly #images = new Map<string, Listing>();
  /** Why an image that is listed with two classes or splits is not used, by its path. */
  readonly #contradictions = new Map<string, Quarantined>();
  readonly #missing: Quarantined[] = [];
  #missed = 0;
  /** Each class name once, and not as a part of the text that it was read from. */
  readonly #labels = new Map<string, string>();
  #repeated = 0;
  #absolute = 0;
  #rows = 0;

  constructor(tree: FileTree, places: ListPlaces, options: ListOptions) {
    this.#tree = tree;
    this.#places = places;
    this.#options = options;
  }

  /** @throws {StudioError} dataset.columns, dataset.layoutMismatch, dataset.notFound, dataset.limit */
  add({ file, split }: ListFile): void {
    const text = openList(this.#tree, file, this.#options);
    const head = firstRows(text);
    if (head.length === 0)
      throw new StudioError('dataset.empty', `${file} lists no images.`, {
        remedy: 'Add a line for each image: path,label.',
      });
    const columns = findColumns(file, head, this.#options);
    requireAtMost(MAX_ROWS - this.#rows + (columns.header === null ? 0 : 1), text);
    const data = columns.header === null ? head : head.slice(1);
    if (data.length === 0)
      throw new StudioError('dataset.empty', `${file} lists no images.`, {
        remedy: 'Add a line for each image: path,label.',
      });
    this.columns ??= columnsRead(file, head, columns);
    const folder = posix.dirname(file);
    const written = data.map((row) => this.#written(file, row, columns));
    const finder = this.#places.finder(file, folder, split, written);
    const foldOfVal = columns.splitKind === 'fold' ? this.#leastFold(text.rows(), columns) : null;
    let first = columns.header !== null;
    for (const row of text.rows()) {
      if (!first) this.#take(file, row, { columns, finder, split, foldOfVal });
      first = false;
    }
    const place = finder.describe();
    this.notes.push(
      `${describeColumns(file, columns)}${place === null ? '' : `; ${place}`}`,
      ...columns.notes,
      ...(foldOfVal === null ? [] : [`fold ${foldOfVal} of ${file} is val, the others are train`]),
      ...(text.encoding.assumed
        ? [`${file} was read as ${text.encoding.name}; --encoding says it otherwise, should names look wrong`]
        : []),
    );
  }

  /** All images in the order of the lists; what is to be left out is among `problems`. */
  images(): ListedImage[] {
    return [...this.#images.values()].filter(({ path }) => !this.#contradictions.has(path));
  }

  finish(): Quarantined[] {
    if (this.#repeated > 0)
      this.notes.push(
        `${this.#repeated.toLocaleString('en')} lines repeat an image with the same class; each image counts once`,
      );
    if (this.#contradictions.size > 0)
      this.notes.push(
        `WARNING: ${this.#contradictions.size.toLocaleString('en')} images are listed with different classes or ` +
          'splits, and were left out',
      );
    if (this.#missed > MAX_MISSING)
      this.notes.push(
        `WARNING: ${this.#missed.toLocaleString('en')} images that the list names are not there; the first ` +
          `${MAX_MISSING.toLocaleString('en')} are among the unusable ones`,
      );
    if (this.#absolute > 0)
      this.notes.push(`${this.#absolute.toLocaleString('en')} images are listed by absolute paths`);
    return [...this.#contradictions.values(), ...this.#missing];
  }

  #written(file: string, { cells, line }: CsvRow, { path }: ListColumns): string {
    const cell = cells[path] ?? '';
    const written = cell.replaceAll('\\', '/');
    const refuse = (what: string): StudioError =>
      new StudioError(
        'dataset.layoutMismatch',
        `Line ${line} of ${file} names ${JSON.stringify(cell.slice(0, SHOWN))}, ${what}.`,
        {
          remedy: 'Write paths relative to the folder of the list, without "..", or whole absolute paths.',
          details: { file, line },
        },
      );
    if (written === '' || written.includes('\0')) throw refuse('which is no path');
    if (isAbsolutePath(written)) {
      if (this.#tree.closed)
        throw refuse('an absolute path; a list in an archive may only name what is in the archive');
      return written;
    }
    const whole = posix.join(posix.dirname(file), written);
    if (whole === '..' || whole.startsWith('../')) throw refuse('which leads out of the folder of the data set');
    return posix.normalize(written);
  }

  #take(
    file: string,
    row: CsvRow,
    {
      columns,
      finder,
      split,
      foldOfVal,
    }: { columns: ListColumns; finder: Finder; split: Split | null; foldOfVal: number | null },
  ): void {
    this.#rows += 1;
    requireWidth(file, row, columns);
    const written = this.#written(file, row, columns);
    const label = this.#known(labelOf(file, row, columns));
    const own = columns.split === null ? null : splitOfCell(file, row, columns, foldOfVal);
    const path = finder.place(written);
    if (path === null) {
      this.#missed += 1;
      if (this.#missed > MAX_MISSING) return;
      this.#missing.push({
        path: written.slice(0, 1024),
        split: own ?? split,
        reason: `not there (line ${row.line} of ${file})`,
      });
      return;
    }
    if (isAbsolutePath(path)) this.#absolute += 1;
    this.#add({ path, label, split: own ?? split, line: row.line, file });
  }

  #known(label: string): string {
    const known = this.#labels.get(label);
    if (known !== undefined) return known;
    const own = Buffer.from(label, 'utf8').toString('utf8');
    this.#labels.set(own, own);
    return own;
  }

  #add(image: Listing): void {
    const known = this.#images.get(image.path);
    if (known === undefined) this.#images.set(image.path, image);
    else if (known.label === image.label && known.split === image.split) this.#repeated += 1;
    else {
      const say = ({ label, split, line, file }: Listing): string =>
        `${[label.slice(0, SHOWN) || 'no class', ...(split === null ? [] : [`in ${split}`])].join(' ')} (line ` +
        `${line} of ${file})`;
      this.#contradictions.set(image.path, {
        path: image.path,
        split: null,
        reason: `listed twice and differently: ${say(known)}, ${say(image)}`,
      });
    }
  }

  #leastFold(rows: Iterable<CsvRow>, { split, header }: ListColumns): number {
    let least = Infinity;
    let first = header !== null;
    for (const { cells } of rows) {
      const value = cells[split!] ?? '';
      if (!first && value !== '') least = Math.min(least, Number(value));
      first = false;
    }
    return least;
  }
}

/**
 * Before any row is kept: line ends are counted, and where these are too many the rows.
 * @param most rows, a header among them
 * @throws {StudioError} dataset.limit
 */
function requireAtMost(most: number, text: ListText): void {
  if (text.lineEnds() < most) return;
  const rows = text.rows();
  for (let count = 0; rows.next().done !== true; count += 1)
    if (count === most)
      throw new StudioError('dataset.limit', `${text.file} lists more than ${MAX_ROWS.toLocaleString('en')} images.`, {
        remedy: 'Import the folder itself, with one sub-folder for each class.',
      });
}

/**
 * A row of another length than the header's is most often a separator inside of a name.
 * @throws {StudioError} dataset.layoutMismatch
 */
function requireWidth(file: string, { cells, line }: CsvRow, { header, path, label, split }: ListColumns): void {
  const needed = Math.max(path, split ?? 0, ...label) + 1;
  const surplus = header === null ? [] : cells.slice(header.length).filter((cell) => cell !== '');
  if (
    surplus.length === 0 &&
    (cells.length >= needed || cells.length >= (header?.length ?? 0) || label.every((at) => at >= cells.length))
  )
    return;
  throw new StudioError(
    'dataset.layoutMismatch',
    `Line ${line} of ${file} has ${cells.length} cells; ` +
      `${header === null ? `${needed} are needed` : `the first line has ${header.length}`}.`,
    {
      remedy: 'Put names that hold the separator into quotes ("a,b.png"), and correct the line.',
      details: { file, line },
    },
  );
}

function labelOf(file: string, { cells, line }: CsvRow, { label, header }: ListColumns): string {
  if (label.length <= 1) return label.length === 0 ? '' : (cells[label[0]!] ?? '').normalize('NFC');
  const ones = label.filter((at) => Number(cells[at]) === 1);
  const clean = label.every((at) => Number(cells[at]) === 0 || Number(cells[at]) === 1);
  if (ones.length === 1 && clean) return header![ones[0]!]!.normalize('NFC');
  throw new StudioError(
    'dataset.layoutMismatch',
    `Line ${line} of ${file} has ${ones.length} classes; an image has one (a 1 in one column, 0 in the others).`,
    {
      remedy: 'Exclude images of no class or of several, or choose the column of one class with --label-column.',
      details: { file, line },
    },
  );
}

function splitOfCell(
  file: string,
  { cells, line }: CsvRow,
  columns: ListColumns,
  foldOfVal: number | null,
): Split | null {
  const value = cells[columns.split!] ?? '';
  if (value === '' || /^unassigned$/i.test(value)) return null;
  if (columns.splitKind === 'isValid') return /^(true|1|yes)$/i.test(value) ? 'val' : 'train';
  if (columns.splitKind === 'fold') return Number(value) === foldOfVal ? 'val' : 'train';
  const split = plainSplit(value) ?? splitOfName(value);
  if (split !== undefined) return split;
  throw new StudioError('dataset.layoutMismatch', `Line ${line} of ${file} has the split "${value.slice(0, 40)}".`, {
    remedy: 'Splits are called train, val (or validation) and test; leave the cell empty to have val drawn.',
    details: { file, line },
  });
}
