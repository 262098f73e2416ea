/** Checks the types of every environment: each has its own tsconfig, so that none can use what its runtime does not have. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { findNode, projectRoot, runScript } from './bootstrap.mjs';

await runScript(() => {
  const configs = readdirSync(projectRoot).filter((name) => /^tsconfig(\.\w+)?\.json$/.test(name) && name !== 'tsconfig.base.json');
  for (const config of configs) {
    const result = spawnSync(findNode(), ['node_modules/typescript/bin/tsc', '--noEmit', '-p', config], { cwd: projectRoot, stdio: ['ignore', 'inherit', 'inherit'] });
    if (result.status === 0) continue;
    console.error(`${path.basename(config)}: types are wrong`);
    process.exitCode = 1;
  }
});
