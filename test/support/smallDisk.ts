/** A disk of its own that can be made full and roomy again: a file system in memory, which only root can make. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk {
  readonly path: string;
  /** Leaves `bytes` free. */ leave(bytes: number): void;
  /** From now on nothing can be written. */ makeReadOnly(): void;
  remove(): void;
}

const TRIES = 100;

/** Why there can be none here; null where there can. */
export const noSmallDisk: string | null =
  process.platform === 'linux' && process.getuid?.() === 0 && mountable()
    ? null
    : 'a disk that is full can only be made by root on Linux';

export function smallDisk(bytes: number): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'quorum-disk-'));
  const mount = (...options: string[]): void => {
    execFileSync('mount', [...options, path], { stdio: 'pipe' });
  };
  mount('-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs');
  return {
    path,
    leave(free) {
      for (let tries = 1; ; tries++) {
        const { blocks, bfree, bsize } = statfsSync(path);
        try {
          mount('-o', `remount,size=${(blocks - bfree) * bsize + free}`);
          return;
        } catch (error) {
          // what is written in between does not fit, and the size is refused
          if (tries === TRIES) throw error;
        }
      }
    },
    makeReadOnly: () => mount('-o', 'remount,ro'),
    remove() {
      // weights that were read are still mapped
      execFileSync('umount', ['--lazy', path]);
      rmSync(path, { recursive: true });
    },
  };
}

function mountable(): boolean {
  const path = mkdtempSync(join(tmpdir(), 'quorum-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', path], { stdio: 'pipe' });
    execFileSync('umount', [path]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(path, { recursive: true });
  }
}
