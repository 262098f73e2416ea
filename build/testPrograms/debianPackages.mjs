/** Programs that tests need, from Debian's packages. */
import { spawnSync } from 'node:child_process';

/** Whether this process may install packages. */
export function mayInstall() {
  return process.platform === 'linux' && process.getuid?.() === 0;
}

/**
 * @param {readonly string[]} packages
 * @param {(line: string) => void} say
 * @returns {string | null} why they could not be installed; null where they were
 */
export function installPackages(packages, say) {
  say(`installing ${packages.join(', ')} with apt-get …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', ...packages],
  ]) {
    const result = spawnSync('apt-get', args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8', env });
    if (result.status !== 0) return `apt-get ${args[0]} failed: ${(result.stderr ?? '').trim().split('\n').at(-1)}`;
  }
  return null;
}
