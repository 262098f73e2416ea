/** A libtensorflow of the user's own, named by `QUORUM_LIBTENSORFLOW`, in place of the pinned wheel's. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { StudioError } from '../../contract/errors.ts';
import { LINKED_LIBRARY } from './compileFlags.ts';

export interface LocalLibrary {
  /** Folder with `tensorflow/c/c_api.h` in it. */
  readonly includeFolder: string;
  /** Links to make in the engine's `lib/`: name → absolute target. */
  readonly links: Readonly<Record<string, string>>;
}

export function localLibraryFolder(env: NodeJS.ProcessEnv = process.env): string | null {
  const folder = env['QUORUM_LIBTENSORFLOW'];
  return folder ? path.resolve(folder) : null;
}

/**
 * Reads the layout of TensorFlow's own C archives (`include/`, `lib/`) and of its wheels (`include/`, libraries beside
 * it).
 * @throws {StudioError} engine.damaged: the folder holds no libtensorflow or no headers.
 */
export function readLocalLibrary(folder: string): LocalLibrary {
  const libFolder = [path.join(folder, 'lib'), folder].find(
    (candidate) => existsSync(candidate) && readdirSync(candidate).some(isLibrary),
  );
  const includeFolder = [path.join(folder, 'include'), path.join(folder, '..', 'include')].find((candidate) =>
    existsSync(path.join(candidate, 'tensorflow', 'c', 'c_api.h')),
  );
  if (!libFolder || !includeFolder) {
    throw new StudioError(
      'engine.damaged',
      `QUORUM_LIBTENSORFLOW names ${folder}, which has no ` +
        `${libFolder ? 'include/tensorflow/c/c_api.h' : 'libtensorflow.so'}.`,
      {
        remedy:
          'Point it to an unpacked libtensorflow archive (with lib/ and include/), or unset it to use the pinned ' +
          'TensorFlow.',
        details: { folder },
      },
    );
  }
  const names = readdirSync(libFolder);
  const links: Record<string, string> = {};
  for (const name of names)
    if (/^libtensorflow(_cc|_framework)?\.so(\.\d+)?$/.test(name)) links[`lib/${name}`] = path.join(libFolder, name);
  const library = ['libtensorflow.so', 'libtensorflow.so.2', 'libtensorflow_cc.so', 'libtensorflow_cc.so.2'].find(
    (name) => names.includes(name),
  );
  if (!library || !names.some((name) => name.startsWith('libtensorflow_framework.so'))) {
    throw new StudioError(
      'engine.damaged',
      `${libFolder} has no ${library ? 'libtensorflow_framework.so' : 'libtensorflow.so'}.`,
      { remedy: 'Unpack the libtensorflow archive again.', details: { folder } },
    );
  }
  links[`lib/${LINKED_LIBRARY}`] ??= path.join(libFolder, library);
  return { includeFolder, links };
}

function isLibrary(name: string): boolean {
  return /^libtensorflow(_cc)?\.so(\.\d+)*$/.test(name);
}
