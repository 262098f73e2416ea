/**
 * The program in a few files: command line, host and jobs start in half the time that they take from a thousand
 * sources. Each state of the sources has a folder of its own, `dist/programs/HASH`, so that what runs keeps its files
 * while another state is built; `dist/programs/current` names the newest.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { hashOfFiles, isStale, sourceFiles } from './sourceFiles.mjs';

const SOURCES = {
  folders: ['cli', 'contract', 'core', 'pure', 'build/program'],
  files: ['package.json', 'package-lock.json'],
};
/** A program that nobody has started for so long is removed. */
const KEPT_MS = 30 * 24 * 3_600_000;
/** Of what a failed build says. */
const REASON_LINES = 8;

/** Where the program of these very sources is, or would be. @param {string} projectRoot */
export function programFolder(projectRoot) {
  return path.join(programsOf(projectRoot), hashOfFiles(projectRoot, sourceFiles(projectRoot, SOURCES)));
}

/**
 * The folder with the program of these sources, which is built first where it is missing.
 * @param {string} projectRoot
 * @param {string} node Node 24
 * @param {(seconds: number) => void} [built] called after a build
 * @throws when it can't be built or written
 */
export function ensureProgram(projectRoot, node, built) {
  const pointer = path.join(programsOf(projectRoot), 'current');
  let folder = '';
  if (!isStale(pointer, () => sourceFiles(projectRoot, SOURCES)))
    folder = path.join(programsOf(projectRoot), readFileSync(pointer, 'utf8'));
  if (folder === '' || !existsSync(folder)) {
    const startMs = performance.now();
    folder = programFolder(projectRoot);
    if (buildProgram(folder, projectRoot, node)) built?.((performance.now() - startMs) / 1000);
    replaceFile(pointer, path.basename(folder));
    removeUnused(projectRoot, folder);
  }
  touch(folder);
  return folder;
}

/** @param {string} projectRoot */
function programsOf(projectRoot) {
  return path.join(projectRoot, 'dist', 'programs');
}

/**
 * Builds it unless it is there; whole or not at all, since another process may look for it meanwhile. Returns whether
 * it was built.
 * @param {string} folder
 * @param {string} projectRoot
 * @param {string} node Node 24
 * @throws when it can't be built or written
 */
export function buildProgram(folder, projectRoot, node) {
  if (existsSync(folder)) return false;
  const begun = `${folder}.${process.pid}`;
  mkdirSync(begun, { recursive: true });
  const { status, stderr } = spawnSync(node, [path.join(projectRoot, 'build', 'program', 'main.ts'), begun], {
    cwd: projectRoot,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  try {
    if (status !== 0) throw new Error(stderr.trim().split('\n').slice(0, REASON_LINES).join('\n'));
    renameSync(begun, folder);
  } catch (error) {
    rmSync(begun, { recursive: true, force: true });
    // another process was quicker
    if (!existsSync(folder)) throw error;
  }
  return true;
}

/** @param {string} file @param {string} text */
function replaceFile(file, text) {
  const begun = `${file}.${process.pid}`;
  writeFileSync(begun, text);
  renameSync(begun, file);
}

/** @param {string} projectRoot @param {string} current */
function removeUnused(projectRoot, current) {
  for (const name of readdirSync(programsOf(projectRoot))) {
    const found = path.join(programsOf(projectRoot), name);
    if (found !== current && Date.now() - statSync(found).mtimeMs > KEPT_MS)
      rmSync(found, { recursive: true, force: true });
  }
}

/** @param {string} folder */
function touch(folder) {
  try {
    utimesSync(folder, new Date(), new Date());
  } catch {
    // somebody else's, and used all the same
  }
}
