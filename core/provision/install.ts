/** Installs an engine: fetch, unpack, link, compile, try, and only then put it in its place. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, link, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makeFolder } from '../files/makeFolder.ts';
import type { EngineDevice } from '../../contract/engine.ts';
import { StudioError } from '../../contract/errors.ts';
import { fileError } from '../files/fileErrors.ts';
import { freeBytesAt } from '../files/freeSpace.ts';
import { formatBytes } from '../../pure/bytes.ts';
import { makePrivate } from '../files/privateFolder.ts';
import { cacheFolder, engineRoot, wheelFolder } from './cacheFolder.ts';
import { runProgram, lastLines } from './childProcess.ts';
import { compileBinding, findCompiler } from './compile.ts';
import { cachedWheel, DOWNLOAD_PREFIX, fetchWheel } from './download.ts';
import { engineEnvironment } from './environment.ts';
import { takeInstallLock } from './installLock.ts';
import type { EngineFile, EngineManifest, InstalledEngine } from './installation.ts';
import {
  BINDING_FILE,
  bindingHash,
  describeFile,
  engineFolder,
  fullProblems,
  installedEngine,
  locateEngine,
  MANIFEST_FILE,
  readManifest,
  sha256OfFile,
} from './installation.ts';
import { localLibraryFolder, readLocalLibrary } from './localLibrary.ts';
import type { ProgressListener } from './progress.ts';
import { StageProgress } from './progress.ts';
import { findPython } from './python.ts';
import { unpackWheel } from './unpack.ts';
import type { Wheel } from './wheels.ts';
import { LIBRARY_LINKS, TF_VERSION, wheelsFor } from './wheels.ts';

export interface InstallOptions {
  readonly onProgress?: ProgressListener;
  readonly signal?: AbortSignal;
  /** Reads every byte of an engine that is there already, and repairs it. */
  readonly verify?: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

/** Engines being made; whoever holds the lock may delete leftovers. */
const STAGING_PREFIX = '.staging-';

export function platformSupported(): boolean {
  return process.platform === 'linux' && process.arch === 'x64';
}

function makeCacheFolder(folder: string): void {
  try {
    makePrivate(folder);
  } catch (error) {
    throw fileError(error, folder, { doing: 'write', remedies: REMEDIES });
  }
}

/**
 * Installs the engine for a device, or returns it if it is there already. What an interrupted or damaged installation
 * left whole is used again, file by file.
 * @throws {StudioError} engine.unsupported, engine.offline, engine.noPython, engine.noCompiler, engine.damaged,
 *   file.diskFull, file.noPermission.
 */
export async function installEngine(device: EngineDevice, options: InstallOptions = {}): Promise<InstalledEngine> {
  const { signal, onProgress, env = process.env } = options;
  makeCacheFolder(cacheFolder(env));
  if (!options.verify) {
    const found = locateEngine(device, env);
    if (found) return found;
  }
  if (!platformSupported()) {
    throw new StudioError(
      'engine.unsupported',
      `There is no native engine for ${process.platform}-${process.arch}: it exists for linux-x64.`,
      { remedy: 'Use the wasm engine (slower), which needs no installation.' },
    );
  }
  const root = engineRoot(env);
  try {
    const giveBack = await takeInstallLock(
      root,
      (pid) =>
        onProgress?.({
          stage: 'wait',
          label: `another installation is running (process ${pid})`,
          done: 0,
          total: 0,
          perSec: null,
          secondsLeft: null,
        }),
      signal,
    );
    try {
      await deleteLeftovers(root, STAGING_PREFIX);
      await deleteLeftovers(wheelFolder(env), DOWNLOAD_PREFIX);
      const found = await intactEngine(device, options);
      return found ?? (await build(device, options));
    } finally {
      await giveBack();
    }
  } catch (error) {
    const place = (error as NodeJS.ErrnoException).path ?? root;
    throw fileError(error, place, { doing: 'write', remedies: REMEDIES });
  }
}

/** The engine that is there, if nothing is wrong with it. */
async function intactEngine(
  device: EngineDevice,
  { verify = false, env, signal }: InstallOptions,
): Promise<InstalledEngine | null> {
  const found = locateEngine(device, env);
  if (!found || !verify) return found;
  const manifest = readManifest(found.folder);
  return manifest && (await fullProblems(found.folder, manifest, signal)).length === 0 ? found : null;
}

async function build(device: EngineDevice, options: InstallOptions): Promise<InstalledEngine> {
  const { env = process.env, signal, onProgress } = options;
  const local = localLibraryFolder(env);
  const library = local ? readLocalLibrary(local) : null;
  const folder = engineFolder(device, env);
  await checkTools(device, library !== null, options);
  const staging = path.join(engineRoot(env), `${STAGING_PREFIX}${process.pid}-${randomUUID().slice(0, 8)}`);
  await makeFolder(path.join(staging, 'lib'));
  try {
    const links = library ? library.links : LIBRARY_LINKS;
    const files = library ? [] : await placeWheelFiles(device, staging, options);
    for (const [name, target] of Object.entries(links)) await symlink(target, path.join(staging, name));
    new StageProgress('compile', 'the binding between Node and TensorFlow', 0, onProgress);
    await compileBinding(staging, { env, signal, ...(library && { includeFolder: library.includeFolder }) });
    const tfVersion = await tryBinding(device, staging, options);
    if (!library && tfVersion !== TF_VERSION)
      throw new StudioError(
        'engine.damaged',
        `The library says it is TensorFlow ${tfVersion}, expected ${TF_VERSION}.`,
        { remedy: 'Install the engine again.' },
      );
    const manifest: EngineManifest = {
      formatVersion: 1,
      device,
      source: library ? 'local' : 'wheel',
      tfVersion,
      bindingHash: bindingHash(),
      createdAt: new Date().toISOString(),
      files: [...files, await describeFile(staging, BINDING_FILE, signal)],
      links,
    };
    await writeFile(path.join(staging, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`, { flush: true });
    await putInPlace(staging, folder);
    if (!library && !env['QUORUM_KEEP_WHEELS']) await deleteWheels(device, env);
    return installedEngine(folder, manifest);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/**
 * Looks for what is needed before gigabytes are fetched in vain, and names everything missing at once.
 * @throws {StudioError} engine.noCompiler, engine.noPython.
 */
async function checkTools(device: EngineDevice, local: boolean, { env, signal }: InstallOptions): Promise<void> {
  const missing: StudioError[] = [];
  const note = (error: unknown): void => {
    if (error instanceof StudioError) missing.push(error);
    else throw error;
  };
  await findCompiler({ env, signal }).catch(note);
  // no pip is needed where every wheel, or every file of a damaged engine, is still there: whether they are whole shows
  // later
  const fetched = wheelsFor(device).some((wheel) => !existsSync(path.join(wheelFolder(env), wheel.file)));
  if (!local && fetched && !existsSync(engineFolder(device, env))) await findPython({ env, signal }).catch(note);
  const [first, second] = missing;
  if (first && second)
    throw new StudioError(first.code, `${first.message} ${second.message}`, {
      remedy: `${first.remedy} ${second.remedy}`,
      details: { missing: ['c++', 'python3'] },
    });
  if (first) throw first;
}

/** Puts every file of every wheel into `staging`: linked from an engine that has it whole, else unpacked. */
async function placeWheelFiles(device: EngineDevice, staging: string, options: InstallOptions): Promise<EngineFile[]> {
  const { env = process.env, signal, onProgress } = options;
  const placed = new Map((await linkWholeFiles(device, staging, options)).map((file) => [file.path, file]));
  const wheels = wheelsFor(device)
    .map((wheel) => ({ wheel, missing: wheel.members.filter((member) => !placed.has(member.to)) }))
    .filter(({ missing }) => missing.length > 0);
  await checkSpace(
    wheels.map(({ wheel }) => wheel),
    env,
  );
  let python: ReturnType<typeof findPython> | undefined;
  for (const { wheel, missing } of wheels) {
    const file = await fetchWheel(wheel, {
      python: () => (python ??= findPython({ env, signal })),
      folder: wheelFolder(env),
      env,
      signal,
      onProgress,
    });
    const progress = new StageProgress(
      'unpack',
      wheel.file,
      missing.length === wheel.members.length ? wheel.unpackedBytes : 0,
      onProgress,
    );
    let done = 0;
    await unpackWheel(
      file,
      missing,
      staging,
      (bytes) => {
        progress.report((done += bytes));
      },
      signal,
    );
    for (const member of missing) placed.set(member.to, await describeFile(staging, member.to, signal));
  }
  return [...placed.values()];
}

/**
 * Takes over, by hard links, what this or another engine of the same TensorFlow and device has whole: a repair
 * downloads only what is broken.
 */
async function linkWholeFiles(
  device: EngineDevice,
  staging: string,
  { env, signal, onProgress }: InstallOptions,
): Promise<EngineFile[]> {
  const root = engineRoot(env);
  const linked = new Map<string, EngineFile>();
  const wanted = new Set(wheelsFor(device).flatMap((wheel) => wheel.members.map((member) => member.to)));
  for (const name of await readdir(root).catch(() => [])) {
    const folder = path.join(root, name);
    const manifest = name.startsWith('.') ? null : readManifest(folder);
    if (manifest?.source !== 'wheel' || manifest.tfVersion !== TF_VERSION || manifest.device !== device) continue;
    const progress = new StageProgress(
      'verify',
      'what is there already',
      manifest.files.reduce((sum, file) => sum + file.sizeBytes, 0),
      onProgress,
    );
    let done = 0;
    for (const file of manifest.files) {
      if (wanted.has(file.path) && !linked.has(file.path) && (await isWhole(folder, file, signal))) {
        const target = path.join(staging, file.path);
        await makeFolder(path.dirname(target));
        // a file system without hard links gets a copy
        await link(path.join(folder, file.path), target).catch(() => copyFile(path.join(folder, file.path), target));
        linked.set(file.path, file);
      }
      progress.report((done += file.sizeBytes));
    }
  }
  return [...linked.values()];
}

async function isWhole(folder: string, file: EngineFile, signal?: AbortSignal): Promise<boolean> {
  const full = path.join(folder, file.path);
  return existsSync(full) && (await sha256OfFile(full, signal)) === file.sha256;
}

/** @throws {StudioError} file.diskFull before anything is fetched that will not fit. */
async function checkSpace(wheels: readonly Wheel[], env: NodeJS.ProcessEnv): Promise<void> {
  const folder = wheelFolder(env);
  await makeFolder(folder);
  let needed = 0;
  for (const wheel of wheels)
    needed += wheel.unpackedBytes + (existsSync(path.join(folder, wheel.file)) ? 0 : wheel.sizeBytes);
  const free = await freeBytesAt(folder);
  if (free >= needed) return;
  throw new StudioError(
    'file.diskFull',
    `The engine needs ${formatBytes(needed)} on disk while it is installed; ${folder} has ${formatBytes(free)} left.`,
    {
      remedy: 'Free some space, or set QUORUM_CACHE to a folder on another disk; then try again.',
      details: { neededBytes: needed, freeBytes: free, folder },
    },
  );
}

/** Loads the new binding in a process of its own, as a job would, and asks it for TensorFlow's version. */
async function tryBinding(
  device: EngineDevice,
  staging: string,
  { env = process.env, signal }: InstallOptions,
): Promise<string> {
  const script =
    'const module = { exports: {} }; process.dlopen(module, ' +
    `${JSON.stringify(path.join(staging, BINDING_FILE))}, require('node:os').constants.dlopen.RTLD_NOW); ` +
    'process.stdout.write(module.exports.TF_Version);';
  const source = localLibraryFolder(env) ? 'local' : 'wheel';
  const childEnv = {
    ...env,
    ...engineEnvironment({ device, folder: staging, source }, env),
    ELECTRON_RUN_AS_NODE: '1',
  };
  const result = await runProgram(process.execPath, ['-e', script], { env: childEnv, signal, timeoutMs: 120_000 });
  if (result?.exitCode === 0 && result.stdout) return result.stdout;
  throw new StudioError('engine.damaged', 'The engine was built but cannot be loaded.', {
    remedy: 'The system may be too old for TensorFlow (it needs glibc 2.27 or newer), or the processor may lack AVX.',
    details: { said: lastLines(result?.stderr ?? '') },
  });
}

/** Replaces the engine's folder; programs that have the old one open keep it until they end. */
async function putInPlace(staging: string, folder: string): Promise<void> {
  const old = path.join(path.dirname(folder), `${STAGING_PREFIX}old-${randomUUID().slice(0, 8)}`);
  if (existsSync(folder)) await rename(folder, old);
  await rename(staging, folder);
  await rm(old, { recursive: true, force: true });
}

/** A wheel is of no use once unpacked, and would take a third more of the disk; a repair fetches it again. */
async function deleteWheels(device: EngineDevice, env: NodeJS.ProcessEnv): Promise<void> {
  for (const wheel of wheelsFor(device)) await rm(path.join(wheelFolder(env), wheel.file), { force: true });
}

async function deleteLeftovers(folder: string, prefix: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => []))
    if (name.startsWith(prefix)) await rm(path.join(folder, name), { recursive: true, force: true });
}

const REMEDIES = {
  'file.diskFull': 'Free some space, or set QUORUM_CACHE to a folder on another disk; then try again.',
  'file.noPermission': 'Give yourself write access to it, or set QUORUM_CACHE to another folder.',
} as const;

/** Bytes an installation would download now. */
export async function missingDownloadBytes(
  device: EngineDevice,
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  if (localLibraryFolder(env)) return 0;
  let bytes = 0;
  for (const wheel of wheelsFor(device)) if (!(await cachedWheel(wheel, wheelFolder(env)))) bytes += wheel.sizeBytes;
  return bytes;
}
