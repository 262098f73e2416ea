/**
 * Comma-separated values that no spreadsheet executes: quoting as RFC 4180 has it, text neutralised against formula injection
 * (OWASP, "CSV Injection"), and a reader that gives the same text back. Lines end with LF, which every reader takes.
 */

/**
 * What turns a cell into a formula: `= + - @` (also as full-width or small forms, which East Asian spreadsheets take), and a leading TAB, CR or LF.
 * Blanks, zero-width characters and a byte order mark in front do not help: some programs drop them.
 */
const SIGNS = '=+\\-@\\uff1d\\uff0b\\uff0d\\uff20\\ufe66\\ufe62\\ufe63\\ufe6b\\u2212';
const BLANKS =
  '[ \\u00a0\\u1680\\u2000-\\u200f\\u2028\\u2029\\u202f\\u205f\\u2060\\u3000\\ufeff\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f]*';
/**
 * A cell starts not only at its start: in a locale where `;` or TAB separates, or in a reader that ignores the quotes, another starts after any of these.
 * Apostrophes already there count as part of the match, so that undoing removes exactly the one that was put in.
 */
const DANGER = `(?:(?<=^)'*${BLANKS}[${SIGNS}\\t\\r\\n]|(?<=[,;"\\t\\r\\n])'*${BLANKS}[${SIGNS}])`;
const START_OR_SEPARATOR = '(?<=^|[,;"\\t\\r\\n])';
const NEUTRALISE = new RegExp(`${START_OR_SEPARATOR}(?=${DANGER})`, 'gu');
const RESTORE = new RegExp(
  `${START_OR_SEPARATOR}'(?=(?:(?<=^')'*${BLANKS}[${SIGNS}\\t\\r\\n]|(?<=[,;"\\t\\r\\n]')'*${BLANKS}[${SIGNS}]))`,
  'gu',
);
const NEEDS_QUOTES = /[",;\t\r\n]|^\s|\s$/u;

/** A text cell: neutralised, quoted where needed; NUL and broken surrogates, which readers choke on, become U+FFFD. */
export function textCell(text: string): string {
  const clean = text.toWellFormed().replaceAll('\0', '\ufffd');
  const safe = clean.replace(NEUTRALISE, "'");
  return safe !== clean || NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A number cell, with a decimal point in every locale; never neutralised, so −0.5 stays −0.5. `NaN` and `Infinity` are written as such. */
export function numberCell(value: number): string {
  return String(value);
}

/** A float32 in the fewest digits that give the same float32 back: 0.1 rather than 0.10000000149011612. */
export function float32Cell(value: number): string {
  const single = Math.fround(value);
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(single.toPrecision(digits));
    if (Math.fround(short) === single) return String(short);
  }
  return String(Number(single.toPrecision(9)));
}

/** The text that `textCell` was given (after its clean-up), from a parsed cell. */
export function restoreText(cell: string): string {
  return cell.replace(RESTORE, '');
}

/**
 * Parses RFC 4180 text that arrives in pieces; yields one array of cells a record, quotes removed, nothing restored.
 * Takes CRLF and LF, skips a byte order mark, and ends a last record without a line break. A quote inside an unquoted cell is text.
 */
export async function* parseCsv(pieces: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string[]> {
  let record: string[] = [];
  let cell = '';
  let quoted = false;
  let closed = false;
  let carriageReturn = false;
  let first = true;
  for await (const piece of pieces) {
    const records: string[][] = [];
    for (const char of first && piece.startsWith('\ufeff') ? piece.slice(1) : piece) {
      if (quoted) {
        if (char === '"') {
          quoted = false;
          closed = true;
        } else cell += char;
        continue;
      }
      if (closed && char === '"') {
        cell += '"';
        quoted = true;
        closed = false;
        continue;
      }
      if (char === '\n' && carriageReturn) {
        carriageReturn = false;
        continue;
      }
      carriageReturn = char === '\r';
      if (char === ',' || char === '\n' || char === '\r') {
        record.push(cell);
        cell = '';
        closed = false;
        if (char !== ',') {
          records.push(record);
          record = [];
        }
      } else if (char === '"' && cell === '' && !closed) quoted = true;
      else cell += char;
    }
    if (piece !== '') first = false;
    yield* records;
  }
  if (record.length > 0 || cell !== '' || closed) yield [...record, cell];
}
