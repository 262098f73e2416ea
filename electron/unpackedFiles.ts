/**
 * Native code lies beside the archive, where its integrity check does not reach: each of these files must be one that
 * was packed, byte for byte.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { StudioError } from '../contract/errors.ts';

/** In the archive itself: SHA-256 by path, `/` between its parts. */
export const UNPACKED_LIST = 'unpacked.json';
export const UnpackedList = z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/));
export type UnpackedList = z.infer<typeof UnpackedList>;

/**
 * Files below `folder` that are not on the list, or not as they were. A package's card is left alone: the packager
 * shortens it, and it is no code.
 */
export async function foreignFiles(folder: string, list: UnpackedList): Promise<string[]> {
  const found = await filesBelow(folder);
  const foreign: string[] = [];
  for (const path of found) {
    if (path.endsWith('/package.json')) continue;
    if (!Object.hasOwn(list, path) || list[path] !== (await sha256(join(folder, path)))) foreign.push(path);
  }
  return foreign;
}

/** @param appPath of the archive. @throws {StudioError} `file.damaged` */
export async function requireOwnFiles(appPath: string): Promise<void> {
  const list = UnpackedList.parse(JSON.parse(await readFile(join(appPath, 'dist', 'app', UNPACKED_LIST), 'utf8')));
  const foreign = await foreignFiles(`${appPath}.unpacked`, list);
  const more = foreign.length > 3 ? ` and ${foreign.length - 3} more` : '';
  if (foreign.length > 0)
    throw new StudioError(
      'file.damaged',
      `Files of Quorum are not what was installed: ${foreign.slice(0, 3).join(', ')}${more}.`,
      { remedy: 'Install Quorum again from where you got it.' },
    );
}

/** Relative paths, `/` between their parts, in order. */
export async function filesBelow(folder: string, below = ''): Promise<string[]> {
  const entries = await readdir(join(folder, below), { withFileTypes: true });
  const files: string[] = [];
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) files.push(...(await filesBelow(folder, path)));
    else files.push(path);
  }
  return files;
}

export async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest('hex');
}
