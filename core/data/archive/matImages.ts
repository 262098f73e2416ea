/** Images and labels that a MATLAB file holds, as SVHN has them: X [height, width, 3, images] and y. */
import { basename } from 'node:path';
import { damaged } from '../../formats/archive/archiveErrors.ts';
import { matBytes } from '../../formats/matBytes.ts';
import { MatProblem } from '../../formats/matFile.ts';

export interface MatPart {
  /** `NAME_X.bin` or `NAME_y.bin`, after the file `NAME.mat`. */
  readonly name: string;
  readonly content: AsyncIterable<Buffer>;
}

/**
 * Each to be read before the next; nothing where `path` is another file, or begins with another array.
 * @throws {StudioError} archive.damaged
 */
export async function* matImages(path: string): AsyncGenerator<MatPart, void, undefined> {
  if (!/\.mat$/i.test(path)) return;
  let found = false;
  try {
    for await (const { name, shape, content } of matBytes(path)) {
      found ||= name === 'X' && shape.length === 4;
      if (!found) return;
      yield { name: `${basename(path).replace(/\.mat$/i, '')}_${name}.bin`, content: translated(content(), path) };
    }
  } catch (error) {
    throw named(error, path);
  }
}

async function* translated(content: AsyncIterable<Buffer>, path: string): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* content;
  } catch (error) {
    throw named(error, path);
  }
}

function named(error: unknown, path: string): unknown {
  return error instanceof MatProblem ? damaged(`${basename(path)} ${error.message}`) : error;
}
