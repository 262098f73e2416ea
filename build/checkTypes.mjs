/**
 * Checks the types of every environment: each has its own tsconfig, so that none can use what its runtime does not
 * have. TypeScript 7 takes a third of the time of TypeScript 6, which vue-tsc needs.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { findNode, projectRoot, runScript } from './bootstrap.mjs';

/** Several would each check what they share anew, on processors that have other work. */
const ONE_CHECKER = ['--checkers', '1'];

await runScript(() => {
  const configs = readdirSync(projectRoot).filter(
    (name) => /^tsconfig(\.\w+)?\.json$/.test(name) && name !== 'tsconfig.base.json',
  );
  for (const config of [...configs, 'electron/tsconfig.json'])
    check('node_modules/typescript-native/bin/tsc', config, ...ONE_CHECKER);
  // the only compiler that reads .vue files
  const renderer = 'renderer/tsconfig.json';
  if (existsSync(path.join(projectRoot, renderer))) check('node_modules/vue-tsc/bin/vue-tsc.js', renderer);
});

/** @param {string} compiler @param {string} config @param {readonly string[]} options */
function check(compiler, config, ...options) {
  // what was checked before is not checked again where nothing it depends on has changed
  const known = path.join(projectRoot, 'node_modules', '.cache', 'types', `${config.replaceAll('/', '-')}.info`);
  // two runs at once write each their own
  const own = `${known}.${process.pid}`;
  if (existsSync(known)) copyFileSync(known, own);
  const result = spawnSync(
    findNode(),
    [compiler, '--noEmit', '-p', config, '--incremental', '--tsBuildInfoFile', own, ...options],
    { cwd: projectRoot, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  if (existsSync(own)) renameSync(own, known);
  if (result.status === 0) return;
  console.error(`${config}: types are wrong`);
  process.exitCode = 1;
}
