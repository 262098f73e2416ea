/** Fetched files in the data folder, and the SHA-256 that each had when it first arrived. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { makeFolder } from '../../files/makeFolder.ts';
import type { CatalogueEntry } from '../../../contract/catalogue.ts';
import { writeDurableFile } from '../../files/durableFile.ts';
import type { StudioPaths } from '../records/paths.ts';

const Pins = z.record(z.string(), z.string().length(64));

export const fetchedFolder = ({ fetched }: StudioPaths, { name }: Pick<CatalogueEntry, 'name'>): string =>
  join(fetched, name);

/** Hashes by file name; empty before the first fetch. */
export async function readPins(folder: string): Promise<Readonly<Record<string, string>>> {
  const file = join(folder, 'pins.json');
  return existsSync(file) ? Pins.parse(JSON.parse(await readFile(file, 'utf8'))) : {};
}

/** Keeps the hash of a file that arrived; one that is pinned already stays as it is. */
export async function pin(folder: string, name: string, sha256: string): Promise<void> {
  const pins = await readPins(folder);
  if (pins[name] !== undefined) return;
  await makeFolder(folder);
  await writeDurableFile(join(folder, 'pins.json'), `${JSON.stringify({ ...pins, [name]: sha256 }, null, 1)}\n`, {
    overwrite: true,
  });
}
