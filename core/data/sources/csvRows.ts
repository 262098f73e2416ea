/**
 * Rows of a separated text (RFC 4180: quotes, doubled quotes, line breaks in quotes), one at a time, from a text that
 * comes in pieces.
 */
import { StudioError } from '../../../contract/errors.ts';

/** A path or a class name is far shorter; more is a quote that was never closed, or no list. */
const MAX_CELL = 32_768;
const MAX_CELLS = 100_000;
const SEPARATORS = [',', ';', '\t', '|'];

/** The separator a first line uses: the most frequent of comma, semicolon, tab and bar outside of quotes. */
export function guessSeparator(text: string): string {
  const line = (/^[^\r\n]*/.exec(text)?.[0] ?? '').replace(/"[^"]*"/g, '');
  const [best] = SEPARATORS.map((mark) => ({ mark, count: line.split(mark).length - 1 })).sort(
    (a, b) => b.count - a.count,
  );
  return best?.mark ?? ',';
}

export interface CsvRow {
  readonly cells: readonly string[];
  /** Line it starts on, from 1. */
  readonly line: number;
}

type Place = 'start' | 'plain' | 'quoted' | 'closed';

/**
 * All rows but blank lines; cells without blanks around them.
 * @param name of the file, for messages
 * @throws {StudioError} dataset.layoutMismatch: a quote that is never closed or closes inside of a cell, or a cell too
 *   long to be one
 */
export class CsvParser {
  readonly #name: string;
  readonly #separator: string;
  #cells: string[] = [];
  #cell = '';
  #place: Place = 'start';
  #line = 1;
  #rowLine = 1;
  #quoteLine = 0;
  #afterReturn = false;

  constructor(name: string, separator: string) {
    this.#name = name;
    this.#separator = separator;
  }

  *rows(pieces: Iterable<string>): Generator<CsvRow, void, undefined> {
    for (const piece of pieces) {
      let from = 0;
      for (let at = 0; at < piece.length; at += 1) {
        const sign = piece[at]!;
        if (this.#place === 'quoted') {
          if (sign === '\n') this.#line += 1;
          if (sign !== '"') continue;
          this.#append(piece.slice(from, at));
          this.#place = 'closed';
          from = at + 1;
        } else if (sign === '"' && this.#place === 'closed') {
          this.#append('"');
          this.#place = 'quoted';
          from = at + 1;
        } else if (
          sign === '"' &&
          this.#place === 'start' &&
          this.#cell.trim() === '' &&
          piece.slice(from, at).trim() === ''
        ) {
          this.#cell = '';
          this.#quoteLine = this.#line;
          this.#place = 'quoted';
          from = at + 1;
        } else if (sign === this.#separator || sign === '\n' || sign === '\r') {
          this.#append(piece.slice(from, at));
          from = at + 1;
          const afterReturn = this.#afterReturn;
          this.#afterReturn = sign === '\r';
          if (sign === '\n' && afterReturn) continue;
          this.#endCell();
          if (sign === this.#separator) continue;
          this.#line += 1;
          yield* this.#endRow();
        } else {
          this.#afterReturn = false;
          if (this.#place === 'closed' && sign !== ' ' && sign !== '\t') throw this.#strayQuote();
          if (this.#place === 'start' && sign !== ' ' && sign !== '\t') this.#place = 'plain';
        }
      }
      this.#append(piece.slice(from));
    }
    if (this.#place === 'quoted') throw this.#openQuote();
    if (this.#cells.length > 0 || this.#cell !== '' || this.#place === 'closed') {
      this.#endCell();
      yield* this.#endRow();
    }
  }

  #append(text: string): void {
    if (text === '') return;
    if (this.#cell.length + text.length > MAX_CELL) {
      if (this.#place === 'quoted') throw this.#openQuote();
      throw this.#refuse(
        `Line ${this.#line} of ${this.#name} has a cell of more than ${MAX_CELL.toLocaleString('en')} characters.`,
      );
    }
    this.#cell += text;
  }

  #endCell(): void {
    if (this.#cells.length >= MAX_CELLS)
      throw this.#refuse(
        `Line ${this.#rowLine} of ${this.#name} has more than ${MAX_CELLS.toLocaleString('en')} cells.`,
      );
    this.#cells.push(this.#cell.trim());
    this.#cell = '';
    this.#place = 'start';
  }

  *#endRow(): Generator<CsvRow, void, undefined> {
    const cells = this.#cells;
    const line = this.#rowLine;
    this.#cells = [];
    this.#rowLine = this.#line;
    if (cells.some((cell) => cell !== '')) yield { cells, line };
  }

  #openQuote(): StudioError {
    return this.#refuse(`Line ${this.#quoteLine} of ${this.#name} has a quote (") that is never closed.`);
  }

  #strayQuote(): StudioError {
    return this.#refuse(
      `Line ${this.#quoteLine} of ${this.#name} has a quote (") that is closed in the middle of a cell.`,
    );
  }

  #refuse(message: string): StudioError {
    return new StudioError('dataset.layoutMismatch', message, {
      remedy:
        'Correct the line: a quote inside of a quoted cell is written twice (""), and an inch sign needs none around ' +
        'it.',
      details: { file: this.#name, line: this.#quoteLine || this.#line },
    });
  }
}

/** The rows of one piece of text. */
export function csvRows(text: string, separator: string, name = 'the list'): Generator<CsvRow, void, undefined> {
  return new CsvParser(name, separator).rows([text]);
}
