/** Room for checkpoints, asked for before hours of work depend on it. */
import { statfs } from 'node:fs/promises';
import { StudioError } from '../../contract/errors.ts';

/** Left free beside checkpoints: logs, the database and predictions grow too. */
const RESERVE_BYTES = 512 * 2 ** 20;

/**
 * A new checkpoint is written whole before an older one goes, so there must be room for two and some more. `freeBytes` is asked of the file system when left out.
 * @throws StudioError `file.diskFull`
 */
export async function requireRoom(directory: string, checkpointBytes: number, freeBytes?: number): Promise<void> {
  const free = freeBytes ?? (await freeBytesAt(directory));
  const needed = 2 * checkpointBytes + RESERVE_BYTES;
  if (free >= needed) return;
  throw new StudioError(
    'file.diskFull',
    `${directory} has ${mebibytes(free)} free; checkpoints of this run take ${mebibytes(checkpointBytes)} each, and ${mebibytes(needed)} must be free to train.`,
    {
      remedy: 'Free some disk space, or keep the data in another folder (--data-dir).',
      details: { freeBytes: free, neededBytes: needed, checkpointBytes },
    },
  );
}

/** What the file system of `directory` has left for this user. */
export async function freeBytesAt(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

export function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20).toLocaleString('en')} MiB`;
}
