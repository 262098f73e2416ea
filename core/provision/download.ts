/** Fetches one pinned wheel with pip and lets nothing through that has not the pinned SHA-256. */
import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makeFolder } from '../files/makeFolder.ts';
import { formatBytes } from '../../pure/bytes.ts';
import { StudioError } from '../../contract/errors.ts';
import { lastLines, runProgram } from './childProcess.ts';
import { sha256OfFile } from './installation.ts';
import type { ProgressListener } from './progress.ts';
import { StageProgress } from './progress.ts';
import type { PythonClient } from './python.ts';
import type { Wheel } from './wheels.ts';

/** Folders of downloads under way; whoever holds the installation's lock may delete leftovers. */
export const DOWNLOAD_PREFIX = '.download-';

interface Options {
  readonly python: () => Promise<PythonClient>;
  readonly folder: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
}

/** The wheel in `folder` if it is there and whole; a damaged one is deleted. */
export async function cachedWheel(wheel: Wheel, folder: string, signal?: AbortSignal): Promise<string | null> {
  const file = path.join(folder, wheel.file);
  const found = await stat(file).catch(() => null);
  if (!found) return null;
  if (found.size === wheel.sizeBytes && (await sha256OfFile(file, signal)) === wheel.sha256) return file;
  await rm(file, { force: true });
  return null;
}

/**
 * Path of the wheel, fetched if it is not in the cache already. A verified wheel stays there until the engine is
 * complete, so that an interrupted installation goes on with the next one.
 * @throws {StudioError} engine.offline, engine.noPython, file.diskFull.
 */
export async function fetchWheel(wheel: Wheel, options: Options): Promise<string> {
  const { folder, signal } = options;
  const cached = await cachedWheel(wheel, folder, signal);
  if (cached) return cached;
  const python = await options.python();
  await makeFolder(folder);
  const work = await mkdtemp(path.join(folder, DOWNLOAD_PREFIX));
  try {
    const fetched = await pipDownload(wheel, python, work, options);
    const target = path.join(folder, wheel.file);
    await rename(fetched, target);
    return target;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function pipDownload(wheel: Wheel, python: PythonClient, work: string, options: Options): Promise<string> {
  const { signal, env = process.env } = options;
  const requirements = path.join(work, 'requirements.txt');
  await writeFile(requirements, `${wheel.project}==${wheel.version} --hash=sha256:${wheel.sha256}\n`);
  const target = path.join(work, 'wheel');
  const scratch = path.join(work, 'scratch');
  await mkdir(target);
  await mkdir(scratch);
  const [, , , , platforms = ''] = /^(.+)-([^-]+)-([^-]+)-([^-]+)\.whl$/.exec(wheel.file) ?? [];
  const args = [
    '-m',
    'pip',
    'download',
    '--quiet',
    '--no-input',
    '--disable-pip-version-check',
    '--no-deps',
    '--only-binary=:all:',
    '--require-hashes',
    '--retries',
    '3',
    // pip's own cache would keep every wheel a second time
    '--no-cache-dir',
    '--python-version',
    '3.11',
    '--implementation',
    'cp',
    ...platforms.split('.').flatMap((tag) => ['--platform', tag]),
    '-d',
    target,
    '-r',
    requirements,
  ];
  const progress = new StageProgress('download', wheel.file, wheel.sizeBytes, options.onProgress);
  // pip's progress cannot be read everywhere; the growing file can. TMPDIR also keeps gigabytes out of a small /tmp.
  const watch = setInterval(() => {
    void wheelBytes(work).then((bytes) => {
      progress.report(Math.min(bytes, wheel.sizeBytes));
    });
  }, 400);
  const result = await runProgram(python.program, args, { env: { ...env, TMPDIR: scratch }, signal }).finally(() => {
    clearInterval(watch);
  });
  const file = path.join(target, wheel.file);
  if (result?.exitCode !== 0) throw downloadError(wheel, result?.stderr ?? '', options.folder);
  const found = await stat(file).catch(() => null);
  if (!found || (await sha256OfFile(file, signal)) !== wheel.sha256) {
    throw new StudioError('engine.offline', `What was downloaded is not ${wheel.file} with SHA-256 ${wheel.sha256}.`, {
      remedy: 'Check which package index pip is set to (pip config list), then try again.',
      details: { file: wheel.file, files: await readdir(target) },
    });
  }
  progress.report(wheel.sizeBytes);
  return file;
}

/** What pip's message means for the user; `folder` is where a wheel brought by hand goes. */
export function downloadError(
  wheel: Pick<Wheel, 'project' | 'version' | 'file' | 'sizeBytes'>,
  said: string,
  folder: string,
): StudioError {
  const details = { file: wheel.file, said: lastLines(said) };
  if (/No space left on device|Errno 28|ENOSPC|Disk quota exceeded/i.test(said)) {
    return new StudioError(
      'file.diskFull',
      `The disk was full while ${wheel.file} (${formatBytes(wheel.sizeBytes)}) was downloaded.`,
      {
        remedy: 'Free some space, or set QUORUM_CACHE to a folder on another disk; then try again.',
        details,
      },
    );
  }
  if (/THESE PACKAGES DO NOT MATCH THE HASHES/i.test(said)) {
    return new StudioError(
      'engine.offline',
      `The package index offers another ${wheel.file} than the one expected (SHA-256 differs).`,
      {
        remedy:
          'A proxy may have damaged the download: try again, or check which index pip is set to (pip config list).',
        details,
      },
    );
  }
  const unreachable =
    /resolution|resolve|refused|unreachable|timed out|timeout|proxy|SSL|NewConnectionError|Max retries|Connection/i.test(
      said,
    );
  return new StudioError(
    'engine.offline',
    unreachable
      ? `The package index could not be reached, so ${wheel.project} ${wheel.version} ` +
          `(${formatBytes(wheel.sizeBytes)}) was not downloaded.`
      : `pip found no ${wheel.project} ${wheel.version} to download (offline, or an index without it).`,
    {
      remedy:
        `Connect to the network (or set pip's index or proxy) and try again; or copy ${wheel.file} from ` +
        `another machine into ${folder}.`,
      details,
    },
  );
}

/** Bytes fetched so far: pip writes to a name of its own first, then moves the file. */
async function wheelBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile() && entry.name.endsWith('.whl'))
      .map(async (entry) => (await stat(path.join(entry.parentPath, entry.name)).catch(() => null))?.size ?? 0),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
