/** Folders that a page may name: those the host allows, and nothing else. */
import { z } from 'zod';
import { FileRef, Id, procedure } from './procedure.ts';

export const FileRoot = z.object({
  id: z.string(),
  name: z.string(),
  path: z.string(),
  kind: z.enum(['configured', 'picked']),
});
export type FileRoot = z.infer<typeof FileRoot>;

export const FolderEntry = z.object({
  name: z.string(),
  kind: z.enum(['folder', 'file']),
  sizeBytes: z.number().nullable(),
  pictures: z.boolean(),
});
export type FolderEntry = z.infer<typeof FolderEntry>;

export const filesContract = {
  roots: procedure.output(z.array(FileRoot)),
  /** Folders first, by name; hidden ones are left out. */
  browse: procedure
    .input(z.object({ folder: FileRef, limit: z.int().min(1).max(5000).default(1000) }))
    .output(z.object({ folder: FileRef, parent: FileRef.nullable(), entries: z.array(FolderEntry), total: z.int() })),
  /** Forgets a folder that was picked in a dialog. */
  forget: procedure.input(z.object({ root: Id })).output(z.array(FileRoot)),
};
