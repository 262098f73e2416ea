/** Small files that are made when they are first asked for, and kept on disk: thumbnails. */
import { randomUUID } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '../../files/makeFolder.ts';

export class KeptFiles {
  readonly #making = new Map<string, Promise<Buffer>>();

  /** From disk, else made once however many ask for it. */
  async get(file: string, make: () => Promise<Buffer>): Promise<Buffer> {
    const stored = await readFile(file).catch(() => null);
    if (stored) return stored;
    const known = this.#making.get(file);
    if (known) return known;
    const made = makeAndStore(file, make).finally(() => this.#making.delete(file));
    this.#making.set(file, made);
    return made;
  }
}

async function makeAndStore(file: string, make: () => Promise<Buffer>): Promise<Buffer> {
  const bytes = await make();
  try {
    await makeFolder(dirname(file));
    const temporary = `${file}.${randomUUID()}`;
    await writeFile(temporary, bytes);
    await rename(temporary, file);
  } catch {
    // A full disk only makes thumbnails slower.
  }
  return bytes;
}
