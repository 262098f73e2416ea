/** Rows of a separated text (RFC 4180: quotes, doubled quotes, line breaks in quotes), one at a time. */

/** The separator a first line uses: the most frequent of comma, semicolon and tab outside of quotes. */
export function guessSeparator(text: string): string {
  const line = (/^[^\r\n]*/.exec(text)?.[0] ?? '').replace(/"[^"]*"/g, '');
  const [best] = [',', ';', '\t']
    .map((mark) => ({ mark, count: line.split(mark).length - 1 }))
    .sort((a, b) => b.count - a.count);
  return best?.mark ?? ',';
}

export interface CsvRow {
  readonly cells: readonly string[];
  /** Line it starts on, from 1. */
  readonly line: number;
}

/** Yields all rows but blank lines. A quote that is never closed ends with the text. */
export function* csvRows(text: string, separator: string): Generator<CsvRow, void, undefined> {
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const start = line;
    const cells: string[] = [];
    for (let more = true; more;) {
      let cell = '';
      if (text[at] === '"') {
        at += 1;
        for (;;) {
          const quote = text.indexOf('"', at);
          const end = quote < 0 ? text.length : quote;
          const part = text.slice(at, end);
          line += part.split('\n').length - 1;
          cell += part;
          at = end + 1;
          if (text[at] !== '"') break;
          cell += '"';
          at += 1;
        }
      }
      const rest = endOfCell(text, at, separator);
      cell += text.slice(at, rest);
      cells.push(cell.trim());
      more = text[rest] === separator;
      at = rest + (more ? 1 : 0);
    }
    if (text[at] === '\r') at += 1;
    if (text[at] === '\n') at += 1;
    line += 1;
    if (cells.length > 1 || cells[0] !== '') yield { cells, line: start };
  }
}

function endOfCell(text: string, from: number, separator: string): number {
  let at = from;
  while (at < text.length && text[at] !== separator && text[at] !== '\n' && text[at] !== '\r') at += 1;
  return at;
}
