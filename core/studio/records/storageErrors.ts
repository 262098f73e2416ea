/** What a disk or the database says, as an error a user can act on, at the edges where nobody has said so before. */
import { StudioError } from '../../../contract/errors.ts';
import { asDatabaseError } from '../../db/databaseErrors.ts';
import { fileError, systemCode } from '../../files/fileErrors.ts';

/** The storage's fault; a file that is missing or exists already is for its caller to word. */
const OF_STORAGE: ReadonlySet<string> = new Set([
  'file.diskFull',
  'file.noPermission',
  'file.tooManyOpen',
  'file.tooLarge',
  'file.unreachable',
]);
/** Said by a file server about a path, and by the network about none. */
const OF_NETWORK = new Set([
  'ENOTCONN',
  'ETIMEDOUT',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'UNKNOWN',
]);

/** Anything that is not the storage's fault comes back as it is. */
export function asStorageError(error: unknown): unknown {
  if (error instanceof StudioError || !(error instanceof Error)) return error;
  const code = systemCode(error) ?? '';
  if (code.startsWith('SQLITE_')) return asDatabaseError(error, 'quorum.sqlite');
  const { path } = error as NodeJS.ErrnoException;
  if (path === undefined && OF_NETWORK.has(code)) return error;
  const known = fileError(error, path ?? 'the data folder', {
    doing: 'write',
    remedies: { 'file.diskFull': 'Free some space, then try again; nothing that was stored is lost.' },
  });
  return known instanceof StudioError && OF_STORAGE.has(known.code) ? known : error;
}
