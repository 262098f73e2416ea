/** Builds the program: `node build/program/main.ts FOLDER`. See `build/programBuild.mjs`, which calls it. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { ENTRIES } from './entries.ts';
import { sourceUrls } from './sourceUrls.ts';

/** Packages of many small files. The others have native code, or are loaded only where they are needed. */
const BUNDLED = ['commander', 'kysely', 'zod', /^@orpc\//];

const projectRoot = path.resolve(fileURLToPath(new URL('../..', import.meta.url)));
const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Usage: node build/program/main.ts FOLDER');
/** From the program's folder to the sources, whatever the project is called later. */
const toProject = path.posix.join('..', path.relative(path.dirname(folder), projectRoot).split(path.sep).join('/'));

try {
  await build({
    configFile: false,
    root: projectRoot,
    logLevel: 'warn',
    plugins: [
      sourceUrls({
        projectRoot,
        entryUrl: (name) => `'./${name}.mjs', import.meta.url`,
        sourceUrl: (source) => `new URL('${toProject}/${source}', import.meta.url).href`,
      }),
    ],
    ssr: { noExternal: BUNDLED },
    build: {
      ssr: true,
      outDir: folder,
      target: 'node24',
      // a stack trace names our functions, and a debugger shows the sources
      minify: false,
      sourcemap: true,
      rolldownOptions: {
        input: Object.fromEntries(Object.entries(ENTRIES).map(([name, file]) => [name, path.join(projectRoot, file)])),
        output: { entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' },
      },
    },
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
