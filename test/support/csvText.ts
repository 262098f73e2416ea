/** Reads what pure/csv.ts writes, to see that nothing is lost: RFC 4180, and the apostrophes taken away again. */
const SIGNS = '=+\\-@\\uff1d\\uff0b\\uff0d\\uff20\\ufe66\\ufe62\\ufe63\\ufe6b\\u2212';
const BLANKS =
  '[ \\u00a0\\u1680\\u2000-\\u200f\\u2028\\u2029\\u202f\\u205f\\u2060\\u3000\\ufeff\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f]*';
const START_OR_SEPARATOR = '(?<=^|[,;"\\t\\r\\n])';
const RESTORE = new RegExp(
  `${START_OR_SEPARATOR}'(?=(?:(?<=^')'*${BLANKS}[${SIGNS}\\t\\r\\n]|(?<=[,;"\\t\\r\\n]')'*${BLANKS}[${SIGNS}]))`,
  'gu',
);

/** The text that `textCell` was given (after its clean-up), from a parsed cell. */
export function restoreText(cell: string): string {
  return cell.replace(RESTORE, '');
}

/**
 * Parses RFC 4180 text that arrives in pieces; yields one array of cells a record, quotes removed, nothing restored.
 * Takes CRLF and LF, skips a byte order mark, and ends a last record without a line break. A quote inside an unquoted
 * cell is text.
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
