/** System errors as errors a user can act on. */
import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { StudioError } from '../../contract/errors.ts';

/** The system's code (`ENOENT`, `ENOSPC`, …) of a thrown value, if it has one. */
export function systemCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Whether a write failed for want of room, whoever says so. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof StudioError
    ? error.code === 'file.diskFull'
    : ['ENOSPC', 'EDQUOT', 'SQLITE_FULL'].includes(systemCode(error) ?? '');
}

/** What disks and file servers say that are gone or fail; a file that was deleted says ENOENT, and its folder is still there. */
const UNREACHABLE = new Set([
  'EIO',
  'ESTALE',
  'ENOTCONN',
  'ETIMEDOUT',
  'ENODEV',
  'ENXIO',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'EREMOTEIO',
  'UNKNOWN',
]);

/** Whether opening or reading the file at `path` failed with `code` because of its disk, not because of the file. */
export function isUnreachable(path: string, code: string | undefined): boolean {
  return (
    code !== undefined &&
    (UNREACHABLE.has(code) || ((code === 'ENOENT' || code === 'ENOTDIR') && !existsSync(dirname(path))))
  );
}

/**
 * Turns a system error into a `StudioError`; anything else comes back unchanged.
 * Codes: `file.diskFull`, and by `what` (what the path is to the user) `dataset.*` or `file.*` for `notFound` and `noPermission`.
 */
export function explainFileError(error: unknown, path: string, what: 'dataset' | 'file'): unknown {
  switch (systemCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new StudioError('file.diskFull', `The disk is full: ${path} could not be written.`, {
        remedy:
          'Free some space, or choose another data folder with --data-dir, and start again; nothing half-written was kept.',
        details: { path },
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
      return new StudioError(`${what}.noPermission`, `No permission to open ${path}.`, {
        remedy: 'Give your user the right to read it (chmod -R u+rX), or choose another folder.',
        details: { path },
        cause: error,
      });
    case 'ENOENT':
    case 'ENOTDIR':
      return new StudioError(`${what}.notFound`, `${path} does not exist, or a folder on the way to it does not.`, {
        remedy: 'Check the path; if the disk was unmounted, mount it again.',
        details: { path },
        cause: error,
      });
    default:
      return error;
  }
}

/** Throws `file.diskFull` unless the disk that holds `path` has room for `bytes` and 64 MiB more. */
export function requireFreeSpace(path: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(dirname(path));
  const free = bavail * bsize;
  if (free >= bytes + 64 * 2 ** 20) return;
  const mib = (value: number): string => `${Math.ceil(value / 2 ** 20).toLocaleString('en')} MiB`;
  throw new StudioError(
    'file.diskFull',
    `The packed pictures need ${mib(bytes)}, and the disk of ${dirname(path)} has ${mib(free)} left.`,
    {
      remedy: 'Free some space, or choose another data folder with --data-dir.',
      details: { path, neededBytes: bytes, freeBytes: free },
    },
  );
}
