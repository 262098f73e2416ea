/** Builds the page when there is none, or when a source of it is newer. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

const SOURCES = ['renderer', 'contract', 'pure'];
const FILES = ['vite.config.ts', 'build/noTextAsCode.ts', 'package-lock.json'];

/** @param {string} projectRoot */
export function rendererIsStale(projectRoot) {
  const page = path.join(projectRoot, 'dist', 'renderer', 'index.html');
  if (!existsSync(page)) return true;
  const built = statSync(page).mtimeMs;
  const newer = (/** @type {string} */ file) => existsSync(file) && statSync(file).mtimeMs > built;
  return (
    FILES.some((name) => newer(path.join(projectRoot, name))) ||
    SOURCES.some((folder) =>
      readdirSync(path.join(projectRoot, folder), { withFileTypes: true, recursive: true }).some(
        (entry) => entry.isFile() && newer(path.join(entry.parentPath, entry.name)),
      ),
    )
  );
}

/** Throws when the build fails. @param {string} projectRoot @param {string} node */
export function buildRenderer(projectRoot, node) {
  const { status } = spawnSync(
    node,
    [path.join(projectRoot, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'warn'],
    { cwd: projectRoot, stdio: 'inherit' },
  );
  if (status !== 0) throw new Error('The page could not be built; the lines above say why.');
}
