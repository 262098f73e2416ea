#!/usr/bin/env node
/** `quorum`: sees to it that packages, Node 24 and, for commands that compute, the engine are there, then becomes cli/main.ts. */
import path from 'node:path';
import { ensureEngine, ensurePackages, findNode, projectRoot, runScript } from './bootstrap.mjs';
import { handOver } from './handOver.mjs';

/** Commands that run a network. The others work without an engine, and `engine` itself looks after it. */
const COMPUTING = new Set(['train', 'predict', 'evaluate', 'bench', 'demo', 'time']);

await runScript(() => {
  const args = process.argv.slice(2);
  ensurePackages((line) => { console.error(`quorum: ${line}`); });
  const node = findNode();
  if (computes(args)) ensureEngine(node, ['--quick']);
  handOver(node, [path.join(projectRoot, 'cli', 'main.ts'), ...args]);
});

/** @param {string[]} args */
function computes(args) {
  if (args.some((arg, i) => arg === '--help' || arg === '-h' || arg === '--device=wasm' || (arg === '--device' && args[i + 1] === 'wasm'))) return false;
  const [command, sub] = args.filter((arg, i) => !arg.startsWith('-') && args[i - 1] !== '--data-dir');
  return command !== undefined && (COMPUTING.has(command) || (command === 'ensemble' && sub === 'predict'));
}
