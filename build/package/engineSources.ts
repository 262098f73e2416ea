/**
 * What the engine is compiled from on the user's machine: the binding's sources, which the packager leaves out of npm
 * packages, and the four headers that promise the same in every Node and in Electron.
 */
import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { nodeHeaders } from '../../core/provision/compile.ts';
import { BINDING_HEADERS, BINDING_SOURCES, bindingSource, shippedName } from '../../core/provision/installation.ts';

const NODE_HEADERS = ['node_api.h', 'node_api_types.h', 'js_native_api.h', 'js_native_api_types.h'];
/** In the application; `core/provision` looks there. */
export const ENGINE_FOLDER = 'dist/app/engine';

/** Paths in the application and where they come from. */
export function engineSources(): ReadonlyMap<string, string> {
  const sources = new Map<string, string>();
  for (const name of NODE_HEADERS) sources.set(`${ENGINE_FOLDER}/${name}`, path.join(nodeHeaders(), name));
  for (const name of [...BINDING_SOURCES, ...BINDING_HEADERS])
    sources.set(`${ENGINE_FOLDER}/${shippedName(name)}`, bindingSource(name));
  return sources;
}

export function copyEngineSources(projectRoot: string): void {
  mkdirSync(path.join(projectRoot, ENGINE_FOLDER), { recursive: true });
  for (const [place, from] of engineSources()) copyFileSync(from, path.join(projectRoot, place));
}
