/**
 * The application's sources as plain JavaScript: types taken off file by file, nothing bundled, so that threads and
 * processes are found beside their callers as in the sources.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import path from 'node:path';

const FOLDERS = ['contract', 'pure', 'core', 'electron'];
const OWN_FILE = /(['"`])(\.{1,2}\/[^'"`\n]+)\.(c?)ts\1/g;

/** The same module as JavaScript: no types, and its own files named by the ending they have then. */
export function asJavaScript(source: string): string {
  return stripTypeScriptTypes(source, { mode: 'strip' }).replace(
    OWN_FILE,
    (_, quote: string, name: string, common: string) => `${quote}${name}.${common}js${quote}`,
  );
}

/** Writes `dist/app`; returns how many files it has. */
export function buildAppSources(projectRoot: string): number {
  const target = path.join(projectRoot, 'dist', 'app');
  rmSync(target, { recursive: true, force: true });
  let count = 0;
  for (const folder of FOLDERS) {
    for (const entry of readdirSync(path.join(projectRoot, folder), { withFileTypes: true, recursive: true })) {
      const match = /^(.+)\.(c?)ts$/.exec(entry.name);
      if (!entry.isFile() || !match) continue;
      const from = path.join(entry.parentPath, entry.name);
      const to = path.join(target, path.relative(projectRoot, entry.parentPath), `${match[1]}.${match[2]}js`);
      mkdirSync(path.dirname(to), { recursive: true });
      writeFileSync(to, asJavaScript(readFileSync(from, 'utf8')));
      count++;
    }
  }
  return count;
}
