#!/usr/bin/env node
/**
 * `quorum`: sees to it that the packages, Node 24 and the built program are there, then becomes the command line, which
 * looks after the engine where it needs one.
 */
import { ensurePackages, findNode, runScript } from './bootstrap.mjs';
import { commandLine } from './commandLine.mjs';
import { handOver } from './handOver.mjs';

await runScript(() => {
  ensurePackages((line) => {
    console.error(`quorum: ${line}`);
  });
  const node = findNode();
  const program = commandLine(node, (line) => {
    console.error(`quorum: ${line}`);
  });
  handOver(node, [program, ...process.argv.slice(2)]);
});
