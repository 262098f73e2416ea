/** The built renderer: a list made once, so that an address is looked up and never turned into a path. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface RendererFile {
  readonly path: string;
  readonly contentType: string;
  readonly immutable: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  webp: 'image/webp',
  ico: 'image/x-icon',
  woff2: 'font/woff2',
  woff: 'font/woff',
  json: 'application/json',
  webmanifest: 'application/manifest+json',
  txt: 'text/plain; charset=utf-8',
  wasm: 'application/wasm',
};
/** What the page has in place of the nonce of each answer. */
const NONCE_PLACE = /__CSP_NONCE__/g;
const HASHED = /-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$/;

export interface RendererFiles {
  /** Null when the build has no such file, or one of a kind that is not served. */
  find(path: string): RendererFile | null;
  page(nonce: string): string;
}

/** Null when there is no build in `folder`. */
export async function openRendererFiles(folder: string): Promise<RendererFiles | null> {
  const html = await readFile(join(folder, 'index.html'), 'utf8').catch(() => null);
  if (html === null) return null;
  const files = new Map<string, RendererFile>();
  const list = async (below: string): Promise<void> => {
    for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
      const name = `${below}/${entry.name}`;
      if (entry.isDirectory()) {
        await list(name);
        continue;
      }
      const contentType = TYPES[entry.name.slice(entry.name.lastIndexOf('.') + 1)];
      if (contentType && entry.name !== 'index.html')
        files.set(name, { path: join(folder, name), contentType, immutable: HASHED.test(entry.name) });
    }
  };
  // folder by folder: an application's archive knows no more
  await list('');
  return {
    find: (path) => files.get(path) ?? null,
    page: (nonce) => html.replace(NONCE_PLACE, nonce),
  };
}
