/** Takes the listed files, and nothing else, out of a wheel. */
import { createWriteStream } from 'node:fs';
import { chmod } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { makeFolder } from '../files/makeFolder.ts';
import { StudioError } from '../../contract/errors.ts';
import { fileError } from '../files/fileErrors.ts';
import { cleanName } from '../formats/archive/entryNames.ts';
import { ZipReader } from '../formats/archive/zipReader.ts';
import type { Wheel } from './wheels.ts';

/**
 * Unpacks `members` of a verified wheel into `folder`; target names come from our list, never from the archive.
 * @param onBytes called with the bytes written since the last call.
 * @throws {StudioError} file.damaged: a listed file is not in the wheel; file.diskFull
 */
export async function unpackWheel(
  file: string,
  members: Wheel['members'],
  folder: string,
  onBytes: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const wanted = new Map(members.map((member) => [member.from, member]));
  // The wheel's own hash was compared: it is as large as it says.
  const wheel = new ZipReader(file, () => undefined);
  try {
    for await (const entry of wheel.entries()) {
      // A name that climbs out of the archive: no honest tool writes it.
      const member = wanted.get(cleanName(entry.name));
      if (!member) continue;
      wanted.delete(entry.name);
      const target = path.join(folder, member.to);
      await makeFolder(path.dirname(target));
      await pipeline(counted(entry.content(), onBytes), createWriteStream(target), { signal });
      if (member.executable) await chmod(target, 0o755);
      if (wanted.size === 0) break;
    }
  } catch (error) {
    throw fileError(error, folder, { doing: 'write' });
  } finally {
    wheel.close();
  }
  const [missing] = wanted.keys();
  if (missing !== undefined)
    throw new StudioError('file.damaged', `${path.basename(file)} holds no ${missing}.`, {
      remedy: 'Delete the file and install the engine again.',
      details: { file },
    });
}

async function* counted(
  parts: AsyncIterable<Uint8Array>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const part of parts) {
    onBytes(part.length);
    yield part;
  }
}
