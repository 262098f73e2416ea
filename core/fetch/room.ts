/** Room on the disk, asked for before a byte is fetched. */
import { statfs } from 'node:fs/promises';
import { StudioError } from '../../contract/errors.ts';

/** Left free beside what is fetched. */
const RESERVE_BYTES = 64 * 2 ** 20;

/** @throws {StudioError} file.diskFull */
export async function requireRoomFor(folder: string, name: string, neededBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  if (freeBytes >= neededBytes + RESERVE_BYTES) return;
  const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;
  throw new StudioError(
    'file.diskFull',
    `${name} needs ${mebibytes(neededBytes)}, and the disk of ${folder} has ${mebibytes(freeBytes)} left.`,
    {
      remedy: 'Free some space, or choose another data folder with --data-dir.',
      details: { folder, neededBytes, freeBytes },
    },
  );
}
