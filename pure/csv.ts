/**
 * Comma-separated values that no spreadsheet executes: quoting as RFC 4180 has it, text neutralised against formula
 * injection (OWASP, "CSV Injection"). Lines end with LF, which every reader takes.
 */

/**
 * What turns a cell into a formula: `= + - @` (also as full-width or small forms, which East Asian spreadsheets take),
 * and a leading TAB, CR or LF. Blanks, zero-width characters and a byte order mark in front do not help: some programs
 * drop them.
 */
const SIGNS = '=+\\-@\\uff1d\\uff0b\\uff0d\\uff20\\ufe66\\ufe62\\ufe63\\ufe6b\\u2212';
const BLANKS =
  '[ \\u00a0\\u1680\\u2000-\\u200f\\u2028\\u2029\\u202f\\u205f\\u2060\\u3000\\ufeff' +
  '\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f]*';
/**
 * A cell starts not only at its start: in a locale where `;` or TAB separates, or in a reader that ignores the quotes,
 * another starts after any of these. Apostrophes already there count as part of the match, so that undoing removes
 * exactly the one that was put in.
 */
const DANGER = `(?:(?<=^)'*${BLANKS}[${SIGNS}\\t\\r\\n]|(?<=[,;"\\t\\r\\n])'*${BLANKS}[${SIGNS}])`;
const START_OR_SEPARATOR = '(?<=^|[,;"\\t\\r\\n])';
const NEUTRALISE = new RegExp(`${START_OR_SEPARATOR}(?=${DANGER})`, 'gu');
const NEEDS_QUOTES = /[",;\t\r\n]|^\s|\s$/u;

/** A text cell: neutralised, quoted where needed; NUL and broken surrogates, which readers choke on, become U+FFFD. */
export function textCell(text: string): string {
  const clean = text.toWellFormed().replaceAll('\0', '\ufffd');
  const safe = clean.replace(NEUTRALISE, "'");
  return safe !== clean || NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A cell of a table of text: what is a number stays one (-0.5 is no formula), anything else is text. */
export function tableCell(text: string): string {
  return /^-?\d/.test(text) && Number.isFinite(Number(text)) ? text : textCell(text);
}

/** A text cell that is quoted and never changed: for programs, not for spreadsheets. */
export function exactCell(text: string): string {
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
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
