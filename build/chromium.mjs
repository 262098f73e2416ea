/** The browser that browser tests run in: the system's Chromium, or Debian's package of it where we may install one. */
import { spawnSync } from 'node:child_process';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/**
 * @param {(line: string) => void} say
 * @returns {{ program: string } | { reason: string }} its name on the search path, or why there is none
 */
export function ensureChromium(say) {
  const found = findChromium();
  if (found) return { program: found };
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !runs('apt-get', ['--version'])) {
    return { reason: 'no Chromium on this machine; install the package chromium (sudo apt install chromium)' };
  }
  say('installing the package chromium with apt-get …');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', 'chromium'],
  ]) {
    const result = spawnSync('apt-get', args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8', env });
    if (result.status !== 0)
      return { reason: `apt-get ${args[0]} failed: ${(result.stderr ?? '').trim().split('\n').at(-1)}` };
  }
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
