/** A path as somebody types or pastes it, against the folders that the host allows. */
import type { FileRoot } from '../../contract/api/files.ts';
import type { FileRef } from '../../contract/api/procedure.ts';

/** Whether it is a path from the root of a disk, and not a name to filter by. */
export const isAbsolute = (text: string): boolean => /^(["']?(\/|~|[A-Za-z]:[/\\])|file:\/\/)/.test(text.trim());

/** With forward slashes and none at the end; quotes and `file://` from a file manager are taken off. */
export function cleanPath(text: string): string {
  const path = text
    .trim()
    .replace(/^(["'])(.*)\1$/, '$2')
    .replace(/^file:\/\//, '')
    .replaceAll('\\', '/');
  return path.length > 1 ? path.replace(/\/+$/, '') : path;
}

/** The place inside the allowed folder that holds it most closely; null outside of all of them. */
export function placeOf(path: string, roots: readonly FileRoot[]): FileRef | null {
  const [holding] = roots
    .map(({ id, path: root }) => ({ id, root: cleanPath(root) }))
    .filter(({ root }) => path === root || path.startsWith(root === '/' ? '/' : `${root}/`))
    .sort((a, b) => b.root.length - a.root.length);
  return holding ? { root: holding.id, path: path.slice(holding.root.length).replace(/^\//, '') } : null;
}

/** The command that admits a folder, safe to paste into a shell. */
export function admittingCommand(path: string): string {
  const quoted = /^[\w./~-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
  return `quorum serve --folder ${quoted}`;
}
