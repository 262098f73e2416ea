/** SQLite's result codes as errors a user can act on. */
import { existsSync, statSync } from 'node:fs';
import { StudioError } from '../../contract/errors.ts';
import { fileError } from '../files/fileErrors.ts';
import { processLimit } from '../files/processLimits.ts';

const DAMAGED_REMEDY =
  'Nothing was deleted. Restore the newest quorum.sqlite.backup-… beside it, or move the file away: a new one is made, ' +
  'and runs stay on disk in runs/.';

/** The typed error for what `error` says about the database at `path`; other errors come back as they are. */
export function asDatabaseError(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB')
    return damagedDatabase(path, error instanceof Error ? error.message : String(error), error);
  if (code.startsWith('SQLITE_BUSY'))
    return new StudioError(
      'database.busy',
      `The database ${path} is being written by another program for longer than 5 seconds.`,
      { remedy: 'Wait for the other Quorum process to finish, then try again.', cause: error },
    );
  if (code === 'SQLITE_FULL')
    return new StudioError('file.diskFull', `The disk is full: ${path} could not be written.`, {
      remedy: 'Free some space, then try again; nothing that was stored is lost.',
      cause: error,
    });
  if (code.startsWith('SQLITE_IOERR')) {
    if (reachesSizeLimit(path))
      return fileError(Object.assign(new Error(code, { cause: error }), { code: 'EFBIG' }), path);
    return new StudioError('file.damaged', `The disk failed at the database ${path} (${code}).`, {
      remedy: 'Check the disk and its free space, then try again; nothing that was stored is lost.',
      cause: error,
    });
  }
  if (code.startsWith('SQLITE_READONLY') || code.startsWith('SQLITE_CANTOPEN') || code.startsWith('SQLITE_PERM')) {
    return new StudioError('file.noPermission', `The database ${path} cannot be written (${code}).`, {
      remedy: 'Check that the folder exists and belongs to you, or choose another with --data-dir.',
      cause: error,
    });
  }
  return error;
}

/** SQLite adds pages and, beside the file, a log and a table of it by this much. */
const GROWTH_BYTES = 65_536;

/** SQLite does not say that a limit of file sizes refused a write (EFBIG). */
function reachesSizeLimit(path: string): boolean {
  const limit = processLimit('fileSize');
  if (limit === null) return false;
  if (!existsSync(path)) return true;
  const sizes = ['', '-wal', '-shm'].map((suffix) => (existsSync(path + suffix) ? statSync(path + suffix).size : 0));
  return Math.max(...sizes) + GROWTH_BYTES > limit;
}

export function damagedDatabase(path: string, finding: string, cause?: unknown): StudioError {
  return new StudioError('database.damaged', `The database ${path} is damaged: ${finding}.`, {
    remedy: DAMAGED_REMEDY,
    details: { path },
    cause,
  });
}
