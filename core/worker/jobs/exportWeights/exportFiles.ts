/** Writes the files of an export, synced to disk and hashed. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from '../../../files/makeFolder.ts';
import { StudioError } from '../../../../contract/errors.ts';

/** Between two looks at the signal. */
const CHUNK_BYTES = 8 * 2 ** 20;

export interface ExportFile {
  readonly name: string;
  readonly parts: readonly Uint8Array[];
}
export interface WrittenFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface WriteOptions {
  readonly signal: AbortSignal;
  /** Bytes so far. */
  readonly onBytes: (done: number) => void;
}

/** @throws {StudioError} `file.exists`: unless `overwrite` */
export function checkTarget(path: string, overwrite: boolean): void {
  if (!overwrite && existsSync(path))
    throw new StudioError('file.exists', `${path} exists already.`, {
      remedy: 'Choose another name, or allow it to be replaced.',
      details: { path },
    });
}

/**
 * The files below `folder`, in order.
 * @throws the signal's reason when stopped
 */
export async function writeFiles(
  folder: string,
  files: readonly ExportFile[],
  { signal, onBytes }: WriteOptions,
): Promise<WrittenFile[]> {
  const written: WrittenFile[] = [];
  let done = 0;
  for (const { name, parts } of files) {
    const path = join(folder, name);
    const hash = createHash('sha256');
    await makeFolder(dirname(path));
    const handle = await open(path, 'wx');
    let sizeBytes = 0;
    try {
      for (const part of parts) {
        for (let at = 0; at < part.byteLength;) {
          signal.throwIfAborted();
          const { bytesWritten } = await handle.write(part, at, Math.min(CHUNK_BYTES, part.byteLength - at));
          hash.update(part.subarray(at, at + bytesWritten));
          at += bytesWritten;
          sizeBytes += bytesWritten;
          onBytes((done += bytesWritten));
        }
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    written.push({ name, sizeBytes, sha256: hash.digest('hex') });
  }
  return written;
}
