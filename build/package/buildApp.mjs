/** `npm run build:app`: packages and Node 24, then everything that the packager packs. */
import path from 'node:path';
import { ensurePackages, findNode, projectRoot, runScript } from '../bootstrap.mjs';
import { handOver } from '../handOver.mjs';

await runScript(() => {
  ensurePackages((line) => {
    console.log(`Packages: ${line}`);
  });
  handOver(findNode(), [path.join(projectRoot, 'build', 'package', 'packApp.ts')]);
});
