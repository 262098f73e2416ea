/** `npm start`: packages, Node 24, then the demo, which installs the engine first. Each step says what it does and how long it took. */
import path from 'node:path';
import { ensurePackages, findNode, projectRoot, runScript, secondsSince } from './bootstrap.mjs';
import { handOver } from './handOver.mjs';

await runScript(() => {
  const startMs = performance.now();
  ensurePackages((line) => { console.log(`Packages: ${line}`); });
  const node = findNode();
  console.log(`Packages: ready (${secondsSince(startMs)})`);
  console.log('Demo: the engine, then five small networks on the sample pictures, their vote, predictions.csv and plots');
  handOver(node, [path.join(projectRoot, 'cli', 'main.ts'), 'demo', ...process.argv.slice(2)]);
});
