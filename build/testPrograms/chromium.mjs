/** The browser that browser tests run in: the system's Chromium, or Debian's package of it where we may install one. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { installPackages, mayInstall } from './debianPackages.mjs';

/** The best first: the headless shell has no window to paint, and takes a sixth less of the processor. */
const NAMES = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'];
/** Debian's packages, the best first; other distributions have only the second. */
const PACKAGES = ['chromium-headless-shell', 'chromium'];

/** @returns {string | null} path of the program: the one that QUORUM_CHROMIUM names, or the best on the search path */
export function findChromium() {
  const named = process.env.QUORUM_CHROMIUM ?? '';
  if (named !== '') return isProgram(named) ? named : null;
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const candidates = NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  return candidates.find(isProgram) ?? null;
}

/**
 * @param {(line: string) => void} say
 * @returns {{ program: string } | { reason: string }} its path, or why there is none
 */
export function ensureChromium(say) {
  const found = findChromium();
  if (found !== null && runs(found)) return { program: found };
  if (!mayInstall() || !runs('apt-get')) {
    return { reason: 'no Chromium on this machine; install the package chromium (sudo apt install chromium)' };
  }
  let failure = '';
  for (const name of PACKAGES) {
    failure = installPackages([name], say) ?? '';
    if (failure === '') break;
  }
  if (failure !== '') return { reason: failure };
  const installed = findChromium();
  return installed !== null && runs(installed)
    ? { program: installed }
    : { reason: 'the package chromium was installed, but its program does not run' };
}

/** @param {string} file */
function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} program */
function runs(program) {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}
