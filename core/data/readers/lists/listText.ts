/** The rows of one list of images, whatever it is written in: separated text, `path label` lines, or JSON lines. */
import { closeSync, openSync, readSync } from 'node:fs';
import type { ListChoices } from '../../../../contract/dataset.ts';
import { StudioError } from '../../../../contract/errors.ts';
import { CsvParser, guessSeparator, type CsvRow } from '../../sources/csvRows.ts';
import type { FileTree } from '../../sources/fileTree.ts';
import { isPictureName } from '../../sources/pictureFiles.ts';
import { encodingOfFile, textPieces, type TextEncoding } from '../../sources/textEncoding.ts';

export interface ListText {
  readonly file: string;
  readonly encoding: TextEncoding;
  /** Every row, from the first; may be asked for again. */
  rows(): Generator<CsvRow, void, undefined>;
  /** Line ends of the file: there cannot be more rows, a last one without an end but for. */
  lineEnds(): number;
}

const HEAD_BYTES = 65_536;
/** Read at once where lines are counted. */
const COUNTED_BYTES = 2 ** 20;
/** Enough to see what the columns hold. */
const HEAD_ROWS = 201;

export function firstRows(list: ListText): CsvRow[] {
  const rows: CsvRow[] = [];
  for (const row of list.rows()) {
    rows.push(row);
    if (rows.length === HEAD_ROWS) break;
  }
  return rows;
}

function headOf(path: string, encoding: string): string {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(HEAD_BYTES);
    const length = readSync(file, bytes, 0, bytes.length, 0);
    return new TextDecoder(encoding).decode(bytes.subarray(0, length));
  } finally {
    closeSync(file);
  }
}

/** Lines in front of the table: remarks, and the spreadsheet's own `sep=;`. */
const PREAMBLE = /^(?:\s*(?:#[^\r\n]*|sep=.)?(?:\r\n|\r|\n))*/i;

/** Opens `file` of the tree. What the user says of its encoding and its delimiter counts; both are found out else. */
export function openList(
  tree: FileTree,
  file: string,
  { encoding, delimiter }: Pick<ListChoices, 'encoding' | 'delimiter'> = {},
): ListText {
  const path = tree.file(file);
  const known: TextEncoding = encoding === undefined ? encodingOfFile(path) : { name: encoding, assumed: false };
  const head = headOf(path, known.name);
  const preamble = PREAMBLE.exec(head)?.[0] ?? '';
  const stated = /sep=(.)/i.exec(preamble)?.[1];
  const body = head.slice(preamble.length);
  const pieces = (): Iterable<string> => decoded(path, file, known.name, preamble.length);
  const common = { file, encoding: known, lineEnds: () => countLineEnds(path) };
  if (/\.(jsonl|ndjson)$/i.test(file)) return { ...common, rows: () => jsonRows(file, pieces()) };
  const firstLine = /^[^\r\n]*/.exec(body)?.[0] ?? '';
  const spaced = delimiter === ' ' || (delimiter === undefined && isSpaced(file, firstLine));
  if (spaced) return { ...common, rows: () => spacedRows(file, pieces()) };
  const separator = delimiter ?? stated ?? guessSeparator(body);
  return { ...common, rows: () => shifted(new CsvParser(file, separator).rows(pieces()), preamble) };
}

const [LINE_FEED, CARRIAGE_RETURN] = [0x0a, 0x0d];

/** Bytes that end a line in any of the encodings; both of a pair are counted. */
function countLineEnds(path: string): number {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(COUNTED_BYTES);
    let count = 0;
    for (;;) {
      const length = readSync(file, bytes, 0, bytes.length, null);
      if (length === 0) return count;
      for (let at = 0; at < length; at += 1) if (bytes[at] === LINE_FEED || bytes[at] === CARRIAGE_RETURN) count += 1;
    }
  } finally {
    closeSync(file);
  }
}

function isSpaced(file: string, firstLine: string): boolean {
  return /\.(txt|lst)$/i.test(file) && !/[,;\t|]/.test(firstLine);
}

function* decoded(path: string, file: string, encoding: string, skipped: number): Generator<string, void, undefined> {
  let left = skipped;
  try {
    for (const piece of textPieces(path, encoding)) {
      const text = piece.slice(left);
      left -= piece.length - text.length;
      if (text !== '') yield text;
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new StudioError(
      'dataset.layoutMismatch',
      `${file} is not ${encoding} throughout: some bytes are no text of it.`,
      {
        remedy: 'Save it as UTF-8, or say what it is with --encoding (windows-1252, utf-16le, shift_jis …).',
        details: { file, encoding },
        cause: error,
      },
    );
  }
}

/** Lines are counted from the file's start. */
function* shifted(rows: Iterable<CsvRow>, preamble: string): Generator<CsvRow, void, undefined> {
  const before = preamble.split(/\r\n|\r|\n/).length - 1;
  for (const { cells, line } of rows) yield { cells, line: line + before };
}

function* linesOf(pieces: Iterable<string>): Generator<{ text: string; line: number }, void, undefined> {
  let rest = '';
  let line = 0;
  for (const piece of pieces) {
    const parts = (rest + piece).split(/\r\n|\n/);
    rest = parts.pop() ?? '';
    for (const text of parts) {
      line += 1;
      yield { text, line };
    }
  }
  yield { text: rest, line: line + 1 };
}

/** `path label`: the label is the last word, the path may hold blanks. A line of one word is a path alone. */
function* spacedRows(file: string, pieces: Iterable<string>): Generator<CsvRow, void, undefined> {
  for (const { text, line } of linesOf(pieces)) {
    const trimmed = text.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const match = /^(.*\S)\s+(\S+)$/.exec(trimmed);
    if (match === null || isPictureName(trimmed)) yield { cells: [trimmed, ''], line };
    else yield { cells: [match[1]!, match[2]!], line };
    if (trimmed.length > HEAD_BYTES)
      throw new StudioError('dataset.layoutMismatch', `Line ${line} of ${file} is too long for a path and a label.`);
  }
}

/** One object a line; the keys of the first are the header. */
function* jsonRows(file: string, pieces: Iterable<string>): Generator<CsvRow, void, undefined> {
  let keys: string[] | null = null;
  for (const { text, line } of linesOf(pieces)) {
    if (text.trim() === '') continue;
    const object = parseObject(file, text, line);
    if (keys === null) {
      keys = Object.keys(object);
      yield { cells: keys, line };
    }
    yield { cells: keys.map((key) => cellText(object[key])), line };
  }
}

function parseObject(file: string, text: string, line: number): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new StudioError('dataset.layoutMismatch', `Line ${line} of ${file} is no JSON object.`, {
    remedy: 'Each line holds one object, as {"file_name": "0001.png", "label": "cat"}.',
    details: { file, line },
  });
}

function cellText(value: unknown): string {
  if (typeof value === 'string') return value.trim();
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
