/** Room on the disk, asked for before hours of work depend on it. */
import { statfsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { StudioError } from '../../contract/errors.ts';
import { formatMebibytes } from '../../pure/bytes.ts';

export interface DiskSpace {
  /** Left for this user, bytes. */
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** Of the file system that `folder` is on. */
export async function diskSpaceAt(folder: string): Promise<DiskSpace> {
  const { bavail, blocks, bsize } = await statfs(folder);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

/** What the file system of `folder` has left for this user, in bytes. */
export async function freeBytesAt(folder: string): Promise<number> {
  return (await diskSpaceAt(folder)).freeBytes;
}

/** As `freeBytesAt`, at once. */
export function freeBytesAtSync(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

export interface SpaceNeed {
  /** Start of the sentence, with its verb: `The packed images need`. */
  readonly what: string;
  readonly folder: string;
  readonly neededBytes: number;
  readonly freeBytes: number;
  readonly remedy?: string;
  readonly details?: Readonly<Record<string, number>>;
}

/** @throws {StudioError} file.diskFull: `folder` has less free than is needed */
export function requireFreeSpace({ what, folder, neededBytes, freeBytes, remedy, details }: SpaceNeed): void {
  if (freeBytes >= neededBytes) return;
  throw new StudioError(
    'file.diskFull',
    `${what} ${formatMebibytes(neededBytes)}, and the disk of ${folder} has ${formatMebibytes(freeBytes)} free.`,
    {
      remedy: remedy ?? 'Free some space, or choose another data folder with --data-dir.',
      details: { folder, neededBytes, freeBytes, ...details },
    },
  );
}
