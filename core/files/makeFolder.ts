/**
 * Makes folders, and says why one could not be made. Where a step of a recursive `mkdir` fails, Node asks for the state
 * of what is missing and reports that instead: a disk that may only be read, is broken or has a full quota sounds like
 * a path that does not exist (MKDirp in Node's src/node_file.cc).
 */
import { existsSync, mkdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** With those on the way to it; nothing happens where it exists. @throws {NodeJS.ErrnoException} */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    makeOneByOne(folder, error);
  }
}

/** As `makeFolder`; `mode` is that of the folders that are made. @throws {NodeJS.ErrnoException} */
export function makeFolderSync(folder: string, mode?: number): void {
  try {
    mkdirSync(folder, { recursive: true, mode });
  } catch (error) {
    makeOneByOne(folder, error, mode);
  }
}

/** The step that fails says why. */
function makeOneByOne(folder: string, error: unknown, mode?: number): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  const missing: string[] = [];
  for (let path = resolve(folder); !existsSync(path) && dirname(path) !== path; path = dirname(path))
    missing.unshift(path);
  for (const path of missing) mkdirSync(path, { mode });
}
