/** Builds the page when there is none, or when a source of it is newer; what the page is made of. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { hashOfFiles, isStale, sourceFiles } from './sourceFiles.mjs';

const SOURCES = {
  folders: ['renderer', 'contract', 'pure', 'docs/guide', 'build/guide'],
  files: ['vite.config.ts', 'build/changeLibraries.ts', 'package-lock.json'],
};

/** @param {string} projectRoot */
export function rendererIsStale(projectRoot) {
  const page = path.join(projectRoot, 'dist', 'renderer', 'index.html');
  return isStale(page, () => sourceFiles(projectRoot, SOURCES));
}

/** Equal for equal sources. @param {string} projectRoot */
export function pageHash(projectRoot) {
  return hashOfFiles(projectRoot, sourceFiles(projectRoot, SOURCES));
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
