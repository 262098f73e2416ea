/** What the packager packs: dist/app, dist/renderer, dist/licences.txt. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { UNPACKED_LIST } from '../../electron/unpackedFiles.ts';
import { buildAppSources } from './appSources.ts';
import { renderIcons } from './icons.ts';
import { copyEngineSources } from './engineSources.ts';
import { doubtful, licencesText, shippedPackages } from './licences.ts';
import { unpackedList } from './unpackedList.ts';

const projectRoot = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
const renderer = spawnSync(
  process.execPath,
  [path.join(projectRoot, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'warn'],
  { cwd: projectRoot, stdio: 'inherit' },
);
if (renderer.status !== 0) process.exit(renderer.status ?? 1);
console.log(`dist/app: ${buildAppSources(projectRoot)} files`);
await renderIcons(path.join(projectRoot, 'resources', 'icons'));
copyEngineSources(projectRoot);
const unpacked = await unpackedList(projectRoot);
writeFileSync(path.join(projectRoot, 'dist', 'app', UNPACKED_LIST), JSON.stringify(unpacked));
console.log(`dist/app/${UNPACKED_LIST}: ${Object.keys(unpacked).length} files`);
const packages = shippedPackages(projectRoot);
writeFileSync(path.join(projectRoot, 'dist', 'licences.txt'), licencesText(packages));
console.log(`dist/licences.txt: ${packages.length} packages`);
const open = doubtful(packages);
if (open.length > 0) {
  console.error(`Licences to look at first: ${open.map(({ name, license }) => `${name} (${license})`).join(', ')}`);
  process.exitCode = 1;
}
