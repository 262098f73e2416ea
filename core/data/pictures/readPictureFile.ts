/** Reading an encoded picture from disk, with what it is told apart by later. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { beginPicture, refusedContent } from './decodeJournal.ts';
import { MAX_FILE_BYTES } from './decodePicture.ts';
import { systemCode } from '../../files/fileErrors.ts';
import { UnreadablePicture } from './unreadablePicture.ts';

/**
 * Size, time of change and content of a regular file.
 * @throws {UnreadablePicture}; facts is filled as far as it got
 */
export function readPictureFile(path: string, facts: { sizeBytes: number; modifiedMs: number }): Buffer {
  const known = beginPicture(path);
  if (known !== null) throw new UnreadablePicture(known);
  let file: number;
  try {
    // A pipe in a picture's place would be waited for for ever.
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    throw new UnreadablePicture(explainOpen(systemCode(error)), { cause: error });
  }
  try {
    const stat = fstatSync(file);
    facts.sizeBytes = stat.size;
    facts.modifiedMs = Math.trunc(stat.mtimeMs);
    if (!stat.isFile()) throw new UnreadablePicture('not a regular file');
    if (stat.size > MAX_FILE_BYTES)
      throw new UnreadablePicture(`the file is larger than ${MAX_FILE_BYTES / 2 ** 20} MiB`);
    const bytes = Buffer.allocUnsafe(stat.size);
    let filled = 0;
    while (filled < bytes.length) {
      const count = readSync(file, bytes, filled, bytes.length - filled, null);
      if (count === 0) throw new UnreadablePicture('the file became shorter while it was read');
      filled += count;
    }
    const refused = refusedContent(bytes);
    if (refused !== null) throw new UnreadablePicture(refused);
    return bytes;
  } catch (error) {
    if (error instanceof UnreadablePicture) throw error;
    throw new UnreadablePicture(`reading failed (${systemCode(error) ?? String(error)})`, { cause: error });
  } finally {
    closeSync(file);
  }
}

function explainOpen(code: string | undefined): string {
  if (code === 'EACCES' || code === 'EPERM') return 'no permission to read the file';
  if (code === 'ENOENT') return 'the file is not there (a link that leads nowhere, or removed meanwhile)';
  if (code === 'ELOOP') return 'a link that leads round in a circle';
  return `the file cannot be opened (${code ?? 'unknown error'})`;
}
