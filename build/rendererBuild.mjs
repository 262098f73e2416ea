/** Builds the page when there is none, or when a source of it is newer; what the page is made of. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

const SOURCES = ['renderer', 'contract', 'pure', 'docs/guide', 'build/guide'];
const FILES = ['vite.config.ts', 'build/changeLibraries.ts', 'package-lock.json'];

/** Every file that the page is made of. @param {string} projectRoot @returns {string[]} */
function pageSources(projectRoot) {
  const inFolders = SOURCES.flatMap((folder) =>
    readdirSync(path.join(projectRoot, folder), { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name)),
  );
  return [...FILES.map((name) => path.join(projectRoot, name)).filter((file) => existsSync(file)), ...inFolders];
}

/** @param {string} projectRoot */
export function rendererIsStale(projectRoot) {
  const page = path.join(projectRoot, 'dist', 'renderer', 'index.html');
  if (!existsSync(page)) return true;
  const built = statSync(page).mtimeMs;
  return pageSources(projectRoot).some((file) => statSync(file).mtimeMs > built);
}

/** Equal for equal sources. @param {string} projectRoot */
export function pageHash(projectRoot) {
  const hash = createHash('sha256');
  for (const file of pageSources(projectRoot).sort())
    hash
      .update(`${path.relative(projectRoot, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  return hash.digest('hex').slice(0, 16);
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
