/** Opening an imported data set. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatasetCard, Quarantined } from '../../../contract/dataset.ts';
import { StudioError } from '../../../contract/errors.ts';
import { CARD_FILE, QUARANTINE_FILE } from './datasetFiles.ts';
import type { OpenDataset } from '../types.ts';

/**
 * Reads the card of the data set in `datasetDir`.
 * @throws {StudioError} dataset.notFound: there is none, file.damaged when it cannot be read
 */
export async function openDataset(datasetDir: string): Promise<OpenDataset> {
  const directory = resolve(datasetDir);
  const path = join(directory, CARD_FILE);
  if (!existsSync(path))
    throw new StudioError('dataset.notFound', `There is no imported data set in ${directory}.`, {
      remedy: 'Import it again; the images themselves are untouched.',
      details: { path },
    });
  return { card: parseFile(path, DatasetCard), directory };
}

/**
 * Pictures that could not be used, with their reasons.
 * @throws {StudioError} file.damaged
 */
export function readQuarantine(datasetDir: string): Quarantined[] {
  return parseFile(join(datasetDir, QUARANTINE_FILE), Quarantined.array());
}

function parseFile<T>(path: string, schema: { parse(value: unknown): T }): T {
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new StudioError(
      'file.damaged',
      `${path} cannot be read (${error instanceof Error ? error.message.split('\n')[0] : String(error)}).`,
      {
        remedy: 'Remove the data set and import it again; the images themselves are untouched.',
        details: { path },
        cause: error,
      },
    );
  }
}
