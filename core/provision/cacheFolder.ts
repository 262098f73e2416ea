/** Where everything lives that can be fetched again: engines and their wheels. */
import { homedir, platform } from 'node:os';
import path from 'node:path';

/**
 * The user's cache folder of Quorum: `QUORUM_CACHE`, else the platform's own place. An empty variable counts as unset,
 * and the XDG specification asks to ignore a relative `XDG_CACHE_HOME`.
 */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env['QUORUM_CACHE']) return path.resolve(env['QUORUM_CACHE']);
  const home = env['HOME'] || homedir();
  switch (platform()) {
    case 'win32':
      return path.join(env['LOCALAPPDATA'] || path.join(homedir(), 'AppData', 'Local'), 'quorum', 'Cache');
    case 'darwin':
      return path.join(home, 'Library', 'Caches', 'quorum');
    default: {
      const xdg = env['XDG_CACHE_HOME'];
      return path.join(xdg && path.isAbsolute(xdg) ? xdg : path.join(home, '.cache'), 'quorum');
    }
  }
}

export function engineRoot(env?: NodeJS.ProcessEnv): string {
  return path.join(cacheFolder(env), 'engine');
}

export function wheelFolder(env?: NodeJS.ProcessEnv): string {
  return path.join(cacheFolder(env), 'wheels');
}
