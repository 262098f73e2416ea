/** The SSH server and rsync that tests of places use: the system's own, or Debian's packages where we may install them. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { installPackages, mayInstall } from './debianPackages.mjs';

const PACKAGES = ['openssh-server', 'openssh-client', 'rsync'];
/** sshd is started by its path, and lies outside of most users' `PATH`. */
export const SSHD = '/usr/sbin/sshd';
const PROGRAMS = ['ssh', 'ssh-keygen', 'rsync', 'flock', 'setsid'];

/** Why tests cannot start an SSH server of their own here; null where they can. @returns {string | null} */
export function noSsh() {
  if (process.platform !== 'linux') return 'an SSH server of its own needs Linux';
  const missing = PROGRAMS.filter((program) => spawnSync('which', [program], { stdio: 'ignore' }).status !== 0);
  if (!existsSync(SSHD)) missing.push('sshd');
  if (missing.length === 0) return null;
  return `${missing.join(', ')}: not on this machine; install the packages ${PACKAGES.join(', ')}`;
}

/**
 * @param {(line: string) => void} say
 * @returns {{ ready: true } | { reason: string }}
 */
export function ensureSsh(say) {
  const reason = noSsh();
  if (reason === null) return { ready: true };
  if (!mayInstall()) return { reason };
  const failure = installPackages(PACKAGES, say);
  if (failure !== null) return { reason: failure };
  const still = noSsh();
  return still === null ? { ready: true } : { reason: still };
}
