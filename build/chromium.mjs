/** The browser that browser tests run in: the system's Chromium, or Debian's package of it where we may install one. */
import { spawnSync } from 'node:child_process';
import { installPackages, mayInstall } from './debianPackages.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/**
 * @param {(line: string) => void} say
 * @returns {{ program: string } | { reason: string }} its name on the search path, or why there is none
 */
export function ensureChromium(say) {
  const found = findChromium();
  if (found) return { program: found };
  if (!mayInstall() || !runs('apt-get', ['--version'])) {
    return { reason: 'no Chromium on this machine; install the package chromium (sudo apt install chromium)' };
  }
  const failure = installPackages(['chromium'], say);
  if (failure !== null) return { reason: failure };
  const installed = findChromium();
  return installed
    ? { program: installed }
    : { reason: 'the package chromium was installed, but its program does not run' };
}

function findChromium() {
  return NAMES.find((name) => runs(name, ['--version']));
}

/** @param {string} program @param {string[]} args */
function runs(program, args) {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}
