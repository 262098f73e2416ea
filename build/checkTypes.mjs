/**
 * Checks the types of every environment: each has its own tsconfig, so that none can use what its runtime does not
 * have.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { findNode, projectRoot, runScript } from './bootstrap.mjs';

await runScript(() => {
  const configs = readdirSync(projectRoot).filter(
    (name) => /^tsconfig(\.\w+)?\.json$/.test(name) && name !== 'tsconfig.base.json',
  );
  for (const config of configs) check('node_modules/typescript/bin/tsc', config);
  check('node_modules/typescript/bin/tsc', 'electron/tsconfig.json');
  // the only compiler that reads .vue files
  const renderer = 'renderer/tsconfig.json';
  if (existsSync(path.join(projectRoot, renderer))) check('node_modules/vue-tsc/bin/vue-tsc.js', renderer);
});

/** @param {string} compiler @param {string} config */
function check(compiler, config) {
  // what was checked before is not checked again where nothing it depends on has changed
  const known = path.join('node_modules', '.cache', 'types', `${config.replaceAll('/', '-')}.info`);
  const result = spawnSync(
    findNode(),
    [compiler, '--noEmit', '-p', config, '--incremental', '--tsBuildInfoFile', known],
    { cwd: projectRoot, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  if (result.status === 0) return;
  console.error(`${config}: types are wrong`);
  process.exitCode = 1;
}
