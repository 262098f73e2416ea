/**
 * What has arrived of a file: its bytes, and a note of where they came from, so that a later try continues instead of
 * beginning again.
 */
import { open, readFile, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

const Origin = z.object({
  address: z.string(),
  /** What the server said of this version of the file; a strong ETag, or the time of its last change. */
  validator: z.string().nullable(),
});
export type Origin = z.infer<typeof Origin>;

export interface PartialFile {
  readonly path: string;
  sizeBytes(): Promise<number>;
  /** Null where nothing is known of the bytes. */
  origin(): Promise<Origin | null>;
  /** Opens it at its end, or emptied. */
  open(origin: Origin, append: boolean): Promise<FileHandle>;
  remove(): Promise<void>;
}

export function partialFile(folder: string, name: string): PartialFile {
  const bytes = path.join(folder, `${name}.partial`);
  const note = `${bytes}.json`;
  return {
    path: bytes,
    async sizeBytes() {
      return (await stat(bytes).catch(() => null))?.size ?? 0;
    },
    async origin() {
      const text = await readFile(note, 'utf8').catch(() => null);
      if (text === null) return null;
      try {
        return Origin.parse(JSON.parse(text));
      } catch {
        return null;
      }
    },
    async open(origin, append) {
      await writeFile(note, JSON.stringify(origin));
      return open(bytes, append ? 'a' : 'w');
    },
    async remove() {
      await rm(bytes, { force: true });
      await rm(note, { force: true });
    },
  };
}
