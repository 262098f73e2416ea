/** Checks who imports whom (.dependency-cruiser.mjs) over all source folders there are, or over the folders named. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { findNode, projectRoot, runScript } from './bootstrap.mjs';

const HOST = ['contract', 'pure', 'core', 'cli'];
/** Rules, and the folders that they look at. */
const CHECKS = {
  '.dependency-cruiser.mjs': [...HOST, 'electron', 'renderer', 'build', 'test'],
  '.dependency-cruiser.runtime.mjs': HOST,
};

await runScript(() => {
  const root = path.resolve(process.argv[2] ?? projectRoot);
  const depcruise = path.join(projectRoot, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruiser.mjs');
  for (const [config, folders] of Object.entries(CHECKS)) {
    const present = folders.filter((folder) => existsSync(path.join(root, folder)));
    const result = spawnSync(findNode(), [depcruise, '--config', config, ...present], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    if (result.status !== 0) process.exitCode = 1;
  }
});
