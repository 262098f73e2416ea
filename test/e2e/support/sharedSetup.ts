/**
 * What all browser tests share. The page is built once, in a folder named after its sources: two runs at once build each
 * their own or share one that is whole. The thinned samples are written anew for each run.
 */
import { existsSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'vite';
import type { TestProject } from 'vitest/node';
import { pageHash } from '../../../build/rendererBuild.mjs';
import { chromiumPath } from './chromium.ts';
import { writeFewSamples } from './fewSamples.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the built page. */
    page: string;
    /** Folder of the samples with few images. */
    fewSamples: string;
  }
}

const root = resolve(import.meta.dirname, '../../..');
const PAGES = join(root, 'dist', 'pages');
const KEPT_MS = 24 * 3_600_000;

let fewSamples: string | null = null;

export async function setup(project: TestProject): Promise<void> {
  if (chromiumPath() === null) return;
  fewSamples = writeFewSamples(join(root, 'resources', 'samples'));
  project.provide('fewSamples', fewSamples);
  const page = join(PAGES, pageHash(root));
  if (!existsSync(page)) {
    forgetOldPages();
    await buildInto(page);
  }
  // so that another run does not take it for forgotten
  utimesSync(page, new Date(), new Date());
  project.provide('page', page);
}

export function teardown(): void {
  if (fewSamples !== null) rmSync(fewSamples, { recursive: true, force: true });
}

/** Whole or not at all: another run may look for the same folder meanwhile. */
async function buildInto(page: string): Promise<void> {
  const begun = `${page}.${process.pid}`;
  // Vitest's own "test" would make a page with Vue's checks for development in it, which nobody is given
  const nodeEnv = process.env['NODE_ENV'];
  process.env['NODE_ENV'] = 'production';
  try {
    await build({ configFile: join(root, 'vite.config.ts'), logLevel: 'warn', build: { outDir: begun } });
  } finally {
    process.env['NODE_ENV'] = nodeEnv;
  }
  try {
    renameSync(begun, page);
  } catch (error) {
    rmSync(begun, { recursive: true, force: true });
    // the other run was quicker
    if (!existsSync(page)) throw error;
  }
}

function forgetOldPages(): void {
  if (!existsSync(PAGES)) return;
  for (const name of readdirSync(PAGES)) {
    const folder = join(PAGES, name);
    if (Date.now() - statSync(folder).mtimeMs > KEPT_MS) rmSync(folder, { recursive: true, force: true });
  }
}
