/** What the packager may put beside the archive: native code, and the sources that the engine is compiled from. */
import path from 'node:path';
import { filesBelow, sha256, type UnpackedList } from '../../electron/unpackedFiles.ts';
import { ENGINE_FOLDER, engineSources } from './engineSources.ts';
import { shippedPackages } from './licences.ts';

/** Folders that are unpacked as they are; of all others only native code is. */
export const WHOLE_FOLDERS: readonly string[] = [
  'node_modules/better-sqlite3',
  'node_modules/sharp',
  'node_modules/@img',
  ENGINE_FOLDER,
];

/** For `asarUnpack`. */
export const UNPACKED_GLOBS: readonly string[] = ['**/*.node', ...WHOLE_FOLDERS.map((folder) => `${folder}/**`)];

/** SHA-256 of every file that may lie there, by its path in the application. */
export async function unpackedList(projectRoot: string): Promise<UnpackedList> {
  const list: UnpackedList = {};
  for (const [place, from] of engineSources()) list[place] = await sha256(from);
  for (const folder of new Set(shippedPackages(projectRoot).map((one) => one.folder))) {
    for (const file of await filesBelow(path.join(projectRoot, folder))) {
      const place = `${folder}/${file}`;
      if (file.endsWith('.node') || WHOLE_FOLDERS.some((name) => place.startsWith(`${name}/`)))
        list[place] = await sha256(path.join(projectRoot, place));
    }
  }
  return list;
}
