/** `npm run dev`: packages and Node 24, then the page with hot reload before a real host. */
import path from 'node:path';
import { ensurePackages, findNode, projectRoot, runScript } from './bootstrap.mjs';
import { handOver } from './handOver.mjs';

await runScript(() => {
  ensurePackages((line) => {
    console.log(`Packages: ${line}`);
  });
  handOver(findNode(), [path.join(projectRoot, 'build', 'devServer.mjs'), ...process.argv.slice(2)]);
});
