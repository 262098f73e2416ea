/** What a disk or the database says, as an error a user can act on, at the edges where nobody has said so before. */
import { StudioError } from '../../../contract/errors.ts';
import { asDatabaseError } from '../../db/databaseErrors.ts';
import { isDiskFull, systemCode } from '../../files/fileErrors.ts';

const READ_ONLY = new Set(['EACCES', 'EPERM', 'EROFS']);
const NO_DESCRIPTORS = new Set(['EMFILE', 'ENFILE']);
const FAILED = new Set(['EIO', 'ESTALE', 'ENXIO', 'ENODEV', 'EREMOTEIO']);

/** Anything that is not the storage's fault comes back as it is. */
export function asStorageError(error: unknown): unknown {
  if (error instanceof StudioError || !(error instanceof Error)) return error;
  const code = systemCode(error) ?? '';
  if (code.startsWith('SQLITE_')) return asDatabaseError(error, 'quorum.sqlite');
  const place = (error as NodeJS.ErrnoException).path ?? 'the data folder';
  const details = { system: code, path: place };
  if (isDiskFull(error))
    return new StudioError('file.diskFull', `The disk is full: ${place} could not be written.`, {
      remedy: 'Free some space, then try again; nothing that was stored is lost.',
      details,
      cause: error,
    });
  if (READ_ONLY.has(code))
    return new StudioError('file.noPermission', `${place} cannot be read or written (${code}).`, {
      remedy: 'Check to whom it belongs and whether its disk can be written.',
      details,
      cause: error,
    });
  if (NO_DESCRIPTORS.has(code))
    return new StudioError('file.noPermission', `Too many files are open at once (${code}).`, {
      remedy: 'Allow more: ulimit -n 1024, then start Quorum again.',
      details,
      cause: error,
    });
  if (FAILED.has(code))
    return new StudioError('file.damaged', `The disk failed at ${place} (${code}).`, {
      remedy: 'Check the disk and its cable or connection, then try again; nothing that was stored is lost.',
      details,
      cause: error,
    });
  return error;
}
