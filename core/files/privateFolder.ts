/**
 * Folders that are their owner's alone, whatever the umask: notes, images and results lie below the data folder, code
 * that jobs load below the cache.
 */
import { chmodSync, statSync } from 'node:fs';
import { makeFolderSync } from './makeFolder.ts';
import { systemCode } from './fileErrors.ts';

const OTHERS = 0o007;
const GROUP = 0o070;
/** New files get the folder's group: somebody has set it up to be shared. */
const SHARED_GROUP = 0o2000;

/** Makes the folder where there is none, and takes from others what they may do in it. Windows has no such modes. */
export function makePrivate(folder: string): void {
  makeFolderSync(folder, 0o700);
  if (process.platform === 'win32') return;
  const { mode } = statSync(folder);
  const taken = mode & SHARED_GROUP ? OTHERS : OTHERS | GROUP;
  if ((mode & taken) === 0) return;
  try {
    chmodSync(folder, mode & 0o7777 & ~taken);
  } catch (error) {
    // another user's folder, or a disk that cannot be written
    if (!['EPERM', 'EACCES', 'EROFS', 'ENOTSUP'].includes(systemCode(error) ?? '')) throw error;
  }
}
