/** Reads a class map: two columns, the class of the network and that of the data set. */
import { CLASS_MAP_HEADER, type ClassMap } from '../../contract/classMap.ts';
import { StudioError } from '../../contract/errors.ts';
import { csvRows, guessSeparator, type CsvRow } from '../data/sources/csvRows.ts';

const HEADER = CLASS_MAP_HEADER.join(',');

/**
 * The map in `bytes`: UTF-8 text whose first line is `network,dataset`, and whose columns a comma, semicolon, tab or bar
 * separates.
 * @param file its name, for messages and for the record
 * @throws {StudioError} prediction.classMap, with the line and the cause: no text, another header, a line without two
 *   classes, a class that stands there twice
 */
export function parseClassMap(bytes: Uint8Array, file: string): ClassMap {
  const text = textOf(bytes, file);
  const [header, ...lines] = rowsOf(text, file);
  if (!header || header.cells.map((cell) => cell.toLowerCase()).join(',') !== HEADER)
    throw refused(file, header?.line ?? 1, `the first line must be the header ${HEADER}`);
  const seen = { network: new Map<string, number>(), data: new Map<string, number>() };
  const pairs = lines.map(({ cells, line }) => {
    const [network, data] = cells;
    if (cells.length !== CLASS_MAP_HEADER.length || !network || !data)
      throw refused(file, line, `it has to hold two classes, one of the network and one of the data set`);
    for (const [side, name] of [
      ['network', network],
      ['data', data],
    ] as const) {
      const earlier = seen[side].get(name);
      if (earlier !== undefined) throw refused(file, line, `"${name}" stands on line ${earlier} already`);
      seen[side].set(name, line);
    }
    return { network, data, line };
  });
  if (pairs.length === 0) throw refused(file, 1, 'no class follows the header');
  return { file, pairs };
}

function textOf(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    const lines = new TextDecoder('utf-8').decode(bytes).split('\n');
    const line = 1 + lines.findIndex((one) => one.includes('\ufffd'));
    throw refused(file, line, 'it is no UTF-8 text', error);
  }
}

function rowsOf(text: string, file: string): CsvRow[] {
  try {
    return [...csvRows(text, guessSeparator(text), file)];
  } catch (error) {
    if (!(error instanceof StudioError)) throw error;
    throw new StudioError('prediction.classMap', error.message, {
      cause: error,
      ...(error.remedy !== undefined && { remedy: error.remedy }),
      ...(error.details && { details: error.details }),
    });
  }
}

function refused(file: string, line: number, cause: string, error?: unknown): StudioError {
  return new StudioError('prediction.classMap', `Line ${line} of the class map ${file} cannot be used: ${cause}.`, {
    remedy: `Write a UTF-8 file with the header ${HEADER} and one line for each class, each class once.`,
    details: { file, line },
    cause: error,
  });
}
