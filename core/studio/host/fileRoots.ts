/**
 * Which folders a page may name: configured ones, and those picked in a native dialog. Everything else does not exist
 * for it.
 */
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { FileRoot, FolderEntry } from '../../../contract/api/files.ts';
import type { FileRef } from '../../../contract/api/procedure.ts';
import { StudioError } from '../../../contract/errors.ts';

const PICTURE = /\.(jpe?g|png|webp|gif|bmp|tiff?|avif)$/i;

export class FileRoots {
  readonly #roots = new Map<string, FileRoot>();
  #picked = 0;

  constructor(configured: readonly string[]) {
    configured.forEach((path, i) =>
      this.#roots.set(`root-${i + 1}`, {
        id: `root-${i + 1}`,
        name: basename(resolve(path)) || resolve(path),
        path: resolve(path),
        kind: 'configured',
      }),
    );
  }

  list(): FileRoot[] {
    return [...this.#roots.values()];
  }

  /** Allows a folder or file that the user chose in a dialog of the host. */
  pick(path: string): FileRef {
    const absolute = resolve(path);
    const known = this.list().find((root) => root.path === absolute);
    if (known) return { root: known.id, path: '' };
    const id = `picked-${++this.#picked}`;
    this.#roots.set(id, { id, name: basename(absolute) || absolute, path: absolute, kind: 'picked' });
    return { root: id, path: '' };
  }

  forget(id: string): void {
    if (this.#roots.get(id)?.kind === 'picked') this.#roots.delete(id);
  }

  /**
   * The absolute path, all links followed.
   * @throws {StudioError} `file.notFound` for anything outside its root, hidden, or not there: the answer is the same,
   *   so that it tells nothing
   */
  async resolve({ root, path }: FileRef): Promise<string> {
    const base = this.#roots.get(root)?.path;
    const missing = new StudioError('file.notFound', `There is no folder "${path}" here.`, {
      remedy: 'Choose one of the folders shown.',
    });
    if (base === undefined || !isPlainPath(path)) throw missing;
    try {
      const realBase = await realpath(base);
      const real = await realpath(join(realBase, path));
      if (!isInside(realBase, real)) throw missing;
      return real;
    } catch (error) {
      throw error instanceof StudioError ? error : missing;
    }
  }

  async browse(
    folder: FileRef,
    limit: number,
  ): Promise<{ folder: FileRef; parent: FileRef | null; entries: FolderEntry[]; total: number }> {
    const absolute = await this.resolve(folder);
    const found = await readdir(absolute, { withFileTypes: true }).catch((error: unknown) => {
      throw new StudioError('file.noPermission', `"${folder.path || '/'}" cannot be read.`, {
        remedy: 'Choose another folder, or allow reading it.',
        cause: error,
      });
    });
    const visible = found.filter(
      (entry) => !entry.name.startsWith('.') && (entry.isDirectory() || entry.isFile() || entry.isSymbolicLink()),
    );
    const kinds = await Promise.all(
      visible.map(async (entry) =>
        entry.isSymbolicLink()
          ? this.#kindOfLink({ root: folder.root, path: below(folder.path, entry.name) })
          : entry.isDirectory()
            ? ('folder' as const)
            : ('file' as const),
      ),
    );
    const entries = visible.flatMap((entry, i): FolderEntry[] => {
      const kind = kinds[i];
      return kind
        ? [{ name: entry.name, kind, sizeBytes: null, pictures: kind === 'file' && PICTURE.test(entry.name) }]
        : [];
    });
    entries.sort(
      (a, b) =>
        Number(a.kind === 'file') - Number(b.kind === 'file') ||
        a.name.localeCompare(b.name, undefined, { numeric: true }),
    );
    const parts = folder.path.split('/').filter((part) => part !== '');
    return {
      folder,
      parent: parts.length > 0 ? { root: folder.root, path: parts.slice(0, -1).join('/') } : null,
      entries: entries.slice(0, limit),
      total: entries.length,
    };
  }

  async #kindOfLink(ref: FileRef): Promise<'folder' | 'file' | null> {
    try {
      const found = await stat(await this.resolve(ref));
      return found.isDirectory() ? 'folder' : found.isFile() ? 'file' : null;
    } catch {
      return null;
    }
  }
}

/** Relative, with `/`, without anything that means another place: `..`, a drive, a backslash, NUL, hidden names. */
export function isPlainPath(path: string): boolean {
  if (path === '') return true;
  if (path.includes('\0') || path.includes('\\') || isAbsolute(path) || /^[a-z]:/i.test(path)) return false;
  return path.split('/').every((part) => part !== '' && !part.startsWith('.'));
}

/** Whether `path` is `base` or lies below it; both absolute and without links. */
export function isInside(base: string, path: string): boolean {
  const way = relative(base, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

function below(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}
