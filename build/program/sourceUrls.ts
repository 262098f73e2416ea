/**
 * Keeps addresses right where sources are put together in other files: what begins in a file of its own is found in the
 * built program, and everything else (`resources`, packages) from where the source lies.
 */
import path from 'node:path';
import type { Plugin } from 'vite';
import { entryOf } from './entries.ts';

export interface SourceUrlsOptions {
  readonly projectRoot: string;
  /** The address of an entry, as an expression of JavaScript. */
  readonly entryUrl: (name: string) => string;
  /** The address of a source, as an expression; its own where there is none. @param source relative to the project */
  readonly sourceUrl?: (source: string) => string;
}

/** `new URL('./file.ts', import.meta.url)`, with the file as its group, or the address alone. */
const ADDRESSES = /new URL\(\s*'(\.[^']+\.ts)',\s*import\.meta\.url\s*\)|import\.meta\.url/g;

export function sourceUrls({ projectRoot, entryUrl, sourceUrl }: SourceUrlsOptions): Plugin {
  return {
    name: 'quorum:source-urls',
    enforce: 'pre',
    transform(code, id) {
      const source = path
        .relative(projectRoot, id.split('?')[0] ?? id)
        .split(path.sep)
        .join('/');
      const own = !source.startsWith('..') && !source.startsWith('node_modules/');
      if (!own || !code.includes('import.meta.url')) return null;
      const here = sourceUrl?.(source) ?? 'import.meta.url';
      const changed = code.replaceAll(ADDRESSES, (_, file: string | undefined) => {
        if (file === undefined) return here;
        const entry = entryOf(path.posix.join(path.posix.dirname(source), file));
        return entry === undefined ? `new URL('${file}', ${here})` : `new URL(${entryUrl(entry)})`;
      });
      return changed === code ? null : { code: changed, map: null };
    },
  };
}
