/** Checks who imports whom (.dependency-cruiser.mjs) over all source folders there are, or over the folders named. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { findNode, projectRoot, runScript } from './bootstrap.mjs';

const FOLDERS = ['contract', 'pure', 'core', 'cli', 'electron', 'renderer', 'build', 'test'];

await runScript(() => {
  const root = path.resolve(process.argv[2] ?? projectRoot);
  const folders = FOLDERS.filter((folder) => existsSync(path.join(root, folder)));
  const depcruise = path.join(projectRoot, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruiser.mjs');
  for (const config of ['.dependency-cruiser.mjs', '.dependency-cruiser.runtime.mjs']) {
    const result = spawnSync(findNode(), [depcruise, '--config', config, ...folders], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    if (result.status !== 0) process.exitCode = 1;
  }
});
