/** `npm start`: packages, Node 24, engine, then the demo. Each step says what it does and how long it took. */
import path from 'node:path';
import { ensureEngine, ensurePackages, findNode, projectRoot, runScript, secondsSince } from './bootstrap.mjs';
import { handOver } from './handOver.mjs';

await runScript(() => {
  /** @param {string} line */
  const say = (line) => { console.log(line); };
  let startMs = performance.now();
  ensurePackages((line) => { say(`Packages  ${line}`); });
  const node = findNode();
  say(`Packages  ready (${secondsSince(startMs)})`);
  startMs = performance.now();
  const native = ensureEngine(node);
  say(`Engine    ${native ? 'ready' : 'going on with wasm'} (${secondsSince(startMs)})`);
  say('Demo      five small networks on the sample pictures, their vote, predictions.csv and plots');
  handOver(node, [path.join(projectRoot, 'cli', 'main.ts'), 'demo', ...process.argv.slice(2)]);
});
