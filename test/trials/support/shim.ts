/** Small libraries that are loaded before the C library, and lie to the processes that they are loaded into. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Why none can be made here; null where they can. */
export const noShims: string | null =
  process.platform === 'linux' && hasCompiler() ? null : 'the shims need Linux and a C compiler';

/** The library made of `name`.c beside this file, in `folder`; its path. */
export function compileShim(name: string, folder: string): string {
  const library = join(folder, `${name}.so`);
  const source = fileURLToPath(new URL(`./${name}.c`, import.meta.url));
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl'], { stdio: 'pipe' });
  return library;
}

function hasCompiler(): boolean {
  try {
    execFileSync('cc', ['--version'], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}
