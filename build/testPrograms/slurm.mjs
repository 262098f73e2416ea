/** The Slurm that tests of places run in: the system's own programs, or Debian's packages where we may install them. */
import { spawnSync } from 'node:child_process';
import { installPackages, mayInstall } from './debianPackages.mjs';

const PACKAGES = ['slurm-wlm', 'munge'];
const PROGRAMS = ['sbatch', 'slurmctld', 'slurmd', 'munged'];

/** Why tests cannot start a Slurm of their own here; null where they can. @returns {string | null} */
export function noSlurm() {
  // its daemons take on other users, and munged asks for a key that no other user reads
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'a Slurm of its own needs Linux and root';
  const missing = PROGRAMS.filter((program) => spawnSync('which', [program], { stdio: 'ignore' }).status !== 0);
  if (missing.length === 0) return null;
  return `${missing.join(', ')}: not on this machine; install the packages ${PACKAGES.join(' and ')}`;
}

/**
 * @param {(line: string) => void} say
 * @returns {{ ready: true } | { reason: string }}
 */
export function ensureSlurm(say) {
  const reason = noSlurm();
  if (reason === null) return { ready: true };
  if (!mayInstall()) return { reason };
  const failure = installPackages(PACKAGES, say);
  if (failure !== null) return { reason: failure };
  const still = noSlurm();
  return still === null ? { ready: true } : { reason: still };
}
