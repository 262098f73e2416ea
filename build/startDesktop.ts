/** Makes the desktop application's sources and opens its window: `startDesktop.ts PROGRAM ARGUMENTS…`. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildAppSources } from './package/appSources.ts';

const projectRoot = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const [program = '', ...args] = process.argv.slice(2);
buildAppSources(projectRoot);
process.exitCode = spawnSync(program, [projectRoot, ...args], { stdio: 'inherit' }).status ?? 1;
