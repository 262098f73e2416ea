#!/usr/bin/env node
/**
 * `quorum`: sees to it that the packages and Node 24 are there, then becomes cli/main.ts, which looks after the engine
 * where it needs one.
 */
import path from 'node:path';
import { ensurePackages, findNode, projectRoot, runScript } from './bootstrap.mjs';
import { handOver } from './handOver.mjs';

await runScript(() => {
  ensurePackages((line) => {
    console.error(`quorum: ${line}`);
  });
  handOver(findNode(), [path.join(projectRoot, 'cli', 'main.ts'), ...process.argv.slice(2)]);
});
