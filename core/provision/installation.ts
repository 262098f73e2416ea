/** What an installed engine is on disk: its folder's name, its manifest, and the quick and the full look at it. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, lstatSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { EngineDevice } from '../../contract/engine.ts';
import { engineRoot } from './cacheFolder.ts';
import { localLibraryFolder } from './localLibrary.ts';
import { COMPILE_FLAGS, LINK_FLAGS } from './compileFlags.ts';
import { TF_VERSION } from './wheels.ts';

export const BINDING_FILE = 'tfjs_binding.node';
export const MANIFEST_FILE = 'manifest.json';
/** In the order they are compiled; headers follow, so that a change in any of them makes another engine. */
export const BINDING_SOURCES = ['tfjs_backend.cc', 'tfjs_binding.cc'] as const;
export const BINDING_HEADERS = [
  'napi_auto_ref.h',
  'tf_auto_status.h',
  'tf_auto_tensor.h',
  'tfe_auto_op.h',
  'tfjs_backend.h',
  'utils.h',
] as const;

/** One kept file. `path` is relative to the engine's folder and always uses `/`. */
const EngineFile = z.object({ path: z.string(), sizeBytes: z.number(), sha256: z.string() });
export type EngineFile = z.infer<typeof EngineFile>;

/** Written last; without it a folder is no engine. */
export const EngineManifest = z.object({
  formatVersion: z.literal(1),
  device: EngineDevice,
  source: z.enum(['wheel', 'local']),
  tfVersion: z.string(),
  bindingHash: z.string(),
  createdAt: z.string(),
  files: z.array(EngineFile),
  /** Symbolic links: name → target, relative to the link's own folder unless absolute. */
  links: z.record(z.string(), z.string()),
});
export type EngineManifest = z.infer<typeof EngineManifest>;

/** An engine that passed the quick look. All paths are absolute. */
export interface InstalledEngine {
  readonly device: EngineDevice;
  readonly folder: string;
  readonly bindingPath: string;
  readonly tfVersion: string;
  readonly source: 'wheel' | 'local';
  readonly sizeBytes: number;
}

/**
 * What the installed application brings to compile the engine from, unpacked beside its archive because a compiler
 * cannot look into that; in a clone there is no such folder.
 */
export const SHIPPED_SOURCES = path
  .join(path.dirname(fileURLToPath(import.meta.url)), '..', '..', 'engine')
  .replace(`${path.sep}app.asar${path.sep}`, `${path.sep}app.asar.unpacked${path.sep}`);

/** One of the binding's C++ sources: the installed application's own, else as the npm package ships it. */
export function bindingSource(name: string): string {
  if (existsSync(SHIPPED_SOURCES)) return path.join(SHIPPED_SOURCES, shippedName(name));
  return path.join(
    path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-node-gpu/package.json')),
    'binding',
    name,
  );
}

/** The packager leaves out whatever ends in `.cc`, wherever it lies. */
export function shippedName(name: string): string {
  return name.replace(/\.cc$/, '.cpp');
}

let hashOfSources: string | undefined;

/** 12 hex digits over the binding's sources and the compiler's flags: another binding is another engine. */
export function bindingHash(): string {
  if (hashOfSources === undefined) {
    const hash = createHash('sha256').update([...COMPILE_FLAGS, ...LINK_FLAGS].join(' '));
    for (const name of [...BINDING_SOURCES, ...BINDING_HEADERS])
      hash.update(`\0${name}\0`).update(readFileSync(bindingSource(name)));
    hashOfSources = hash.digest('hex').slice(0, 12);
  }
  return hashOfSources;
}

/** Where this release's engine for a device is, or would be. */
export function engineFolder(device: EngineDevice, env?: NodeJS.ProcessEnv): string {
  const local = localLibraryFolder(env);
  const version = local ? `local_${createHash('sha256').update(local).digest('hex').slice(0, 8)}` : TF_VERSION;
  return path.join(engineRoot(env), `${version}-${device}-${bindingHash()}`);
}

/** The manifest of a folder, or null where there is none that can be read. */
export function readManifest(folder: string): EngineManifest | null {
  try {
    return EngineManifest.parse(JSON.parse(readFileSync(path.join(folder, MANIFEST_FILE), 'utf8')));
  } catch {
    return null; // missing, cut short or of another format: in each case there is no engine to use
  }
}

/**
 * The quick look at every start: each file there with its size, each link as written. Returns what is wrong, in words.
 */
export function quickProblems(folder: string, manifest: EngineManifest): string[] {
  const problems: string[] = [];
  for (const file of manifest.files) {
    const found = statSync(path.join(folder, file.path), { throwIfNoEntry: false });
    if (!found?.isFile()) problems.push(`${file.path} is missing`);
    else if (found.size !== file.sizeBytes)
      problems.push(`${file.path} has ${found.size} bytes, expected ${file.sizeBytes}`);
  }
  for (const [name, target] of Object.entries(manifest.links)) {
    const full = path.join(folder, name);
    if (!lstatSync(full, { throwIfNoEntry: false })?.isSymbolicLink() || readlinkSync(full) !== target)
      problems.push(`${name} does not link to ${target}`);
    else if (!statSync(full, { throwIfNoEntry: false }))
      problems.push(`${name} links to ${target}, which is not there`);
  }
  return problems;
}

export async function sha256OfFile(file: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash, { signal });
  return hash.digest('hex');
}

/** The full look: every byte of every file. About a second for each gigabyte. Returns what is wrong, in words. */
export async function fullProblems(folder: string, manifest: EngineManifest, signal?: AbortSignal): Promise<string[]> {
  const problems = quickProblems(folder, manifest);
  if (problems.length > 0) return problems;
  for (const file of manifest.files) {
    if ((await sha256OfFile(path.join(folder, file.path), signal)) !== file.sha256)
      problems.push(`${file.path} has the wrong SHA-256`);
  }
  return problems;
}

export async function describeFile(folder: string, name: string, signal?: AbortSignal): Promise<EngineFile> {
  const full = path.join(folder, name);
  return { path: name, sizeBytes: (await stat(full)).size, sha256: await sha256OfFile(full, signal) };
}

/** The engine in a folder as others use it. */
export function installedEngine(folder: string, manifest: EngineManifest): InstalledEngine {
  const sizeBytes = manifest.files.reduce((sum, file) => sum + file.sizeBytes, 0);
  return {
    device: manifest.device,
    folder,
    bindingPath: path.join(folder, BINDING_FILE),
    tfVersion: manifest.tfVersion,
    source: manifest.source,
    sizeBytes,
  };
}

/**
 * The engine for a device if it is installed and passes the quick look, else null. Synchronous and quick (about a
 * millisecond), so that every start can afford it.
 */
export function locateEngine(device: EngineDevice, env?: NodeJS.ProcessEnv): InstalledEngine | null {
  const folder = engineFolder(device, env);
  const manifest = readManifest(folder);
  return manifest && manifest.device === device && quickProblems(folder, manifest).length === 0
    ? installedEngine(folder, manifest)
    : null;
}
