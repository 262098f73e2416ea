/** What something is built from: whether it has changed since, and its hash. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/**
 * Every file below the folders, and those of the single files that exist.
 * @param {string} projectRoot
 * @param {{ folders: readonly string[], files: readonly string[] }} sources relative to `projectRoot`
 * @returns {string[]}
 */
export function sourceFiles(projectRoot, { folders, files }) {
  const inFolders = folders.flatMap((folder) =>
    readdirSync(path.join(projectRoot, folder), { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name)),
  );
  return [...files.map((name) => path.join(projectRoot, name)).filter((file) => existsSync(file)), ...inFolders];
}

/**
 * Whether `built` is missing, or a source came after it. By the time of an inode's last change, since an archive that
 * is unpacked over the sources gives them the times of its own files.
 * @param {string} built a file that the build writes
 * @param {() => readonly string[]} sources
 */
export function isStale(built, sources) {
  if (!existsSync(built)) return true;
  const builtMs = statSync(built).mtimeMs;
  return sources().some((file) => statSync(file).ctimeMs > builtMs);
}

/** Equal for equal sources: 16 hex digits. @param {string} projectRoot @param {readonly string[]} files */
export function hashOfFiles(projectRoot, files) {
  const hash = createHash('sha256');
  for (const file of files.toSorted())
    hash
      .update(`${path.relative(projectRoot, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  return hash.digest('hex').slice(0, 16);
}
