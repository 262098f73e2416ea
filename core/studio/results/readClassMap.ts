/** A class map out of a file that the user names. */
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ClassMap } from '../../../contract/classMap.ts';
import { StudioError } from '../../../contract/errors.ts';
import { parseClassMap } from '../../evaluate/classMapFile.ts';
import { fileError } from '../../files/fileErrors.ts';

/** A line for each of 100,000 classes with long names. */
const MAX_BYTES = 16 * 2 ** 20;

/** @throws {StudioError} file.notFound, file.noPermission; prediction.classMap */
export async function readClassMap(path: string): Promise<ClassMap> {
  const bytes = await stat(path)
    .then((facts) => {
      if (facts.isFile() && facts.size <= MAX_BYTES) return readFile(path);
      throw new StudioError('prediction.classMap', `${path} is no class map.`, {
        remedy: 'Choose a text file with the header network,dataset and a line for each class.',
      });
    })
    .catch((error: unknown) => {
      throw error instanceof StudioError ? error : fileError(error, path);
    });
  return parseClassMap(bytes, basename(path));
}
