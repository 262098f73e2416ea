/**
 * Files that are whole or not there, whatever happens meanwhile: written under a temporary name beside the target,
 * synced to disk, renamed, and the folder synced, since a name in a folder lasts only then. Temporary names hold the
 * process and a random part, so that no two writers share one.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs';
import { link, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { makeFolder } from './makeFolder.ts';
import { StudioError } from '../../contract/errors.ts';
import { fileError, systemCode } from './fileErrors.ts';

/** Of a file's own name, in the temporary one: file systems take 255 bytes. */
const KEPT_NAME = 50;
const TEMPORARY = /^\..*\.(\d+)-[0-9a-f]{8}\.partial$/su;

/** A name beside `path` that nobody else uses: hidden, with this process's id. */
export function temporaryBeside(path: string): string {
  const unique = `${process.pid}-${randomUUID().slice(0, 8)}`;
  return join(dirname(path), `.${basename(path).slice(0, KEPT_NAME)}.${unique}.partial`);
}

/** Removes from `folder` what processes that have ended left under temporary names. */
export function removeAbandoned(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = TEMPORARY.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** Whether there is a process with this id, whoever's it is. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) !== 'ESRCH';
  }
}

/** Syncs a folder's names to disk. Windows cannot, and need not; some file systems refuse. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!CANNOT_SYNC.has(systemCode(error) ?? '')) throw error;
  } finally {
    await handle.close();
  }
}

/** As `syncFolder`, at once. */
export function syncFolderSync(path: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } catch (error) {
    if (!CANNOT_SYNC.has(systemCode(error) ?? '')) throw error;
  } finally {
    closeSync(folder);
  }
}

const CANNOT_SYNC: ReadonlySet<string> = new Set(['EINVAL', 'ENOTSUP', 'EISDIR', 'EBADF']);

/** Renames `from` to `to`, in a way that lasts. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(dirname(to));
}

export interface DurableOptions {
  /** Whether an existing file is replaced. */
  readonly overwrite?: boolean;
}

export interface DurableFile {
  readonly path: string;
  /** Bytes written so far. */
  readonly sizeBytes: number;
  write(data: Uint8Array): Promise<void>;
  /**
   * Syncs the file and gives it its name.
   * @throws {StudioError} file.exists: something took the name meanwhile, and `overwrite` is off
   */
  commit(): Promise<void>;
  /** Removes the temporary file; does nothing after `commit`. */
  discard(): Promise<void>;
}

/**
 * Starts a file that will be called `path`.
 * @throws {StudioError} file.exists: there is one, and overwrite is off; file.notFound, file.noPermission,
 *   file.diskFull
 */
export async function openDurableFile(path: string, { overwrite = false }: DurableOptions = {}): Promise<DurableFile> {
  await requireFreeName(path, overwrite);
  const temporary = temporaryBeside(path);
  const handle = await translated(path, () => open(temporary, 'wx'));
  return new TemporaryFile(path, temporary, handle, overwrite);
}

/** Writes `data` as `path` in one go; errors as `openDurableFile`. */
export async function writeDurableFile(
  path: string,
  data: Uint8Array | string,
  options: DurableOptions = {},
): Promise<void> {
  const file = await openDurableFile(path, options);
  try {
    await file.write(typeof data === 'string' ? Buffer.from(data, 'utf8') : data);
    await file.commit();
  } finally {
    await file.discard();
  }
}

/** One write call takes no more than 2 GiB. */
const WRITE_CHUNK = 2 ** 26;

/** All of `data`: one call may write less than it was given, for instance just before the disk is full. */
export async function writeAll(handle: FileHandle, data: Uint8Array): Promise<void> {
  for (let at = 0; at < data.byteLength;) {
    const { bytesWritten } = await handle.write(data, at, Math.min(WRITE_CHUNK, data.byteLength - at));
    at += bytesWritten;
  }
}

/** As `writeAll`, at once. */
export function writeAllSync(file: number, data: Uint8Array): void {
  for (let at = 0; at < data.byteLength;) {
    at += writeSync(file, data, at, Math.min(WRITE_CHUNK, data.byteLength - at));
  }
}

class TemporaryFile implements DurableFile {
  readonly path: string;
  sizeBytes = 0;
  readonly #temporary: string;
  readonly #handle: FileHandle;
  readonly #overwrite: boolean;
  #open = true;
  #done = false;

  constructor(path: string, temporary: string, handle: FileHandle, overwrite: boolean) {
    this.path = path;
    this.#temporary = temporary;
    this.#handle = handle;
    this.#overwrite = overwrite;
  }

  async write(data: Uint8Array): Promise<void> {
    await translated(this.path, () => writeAll(this.#handle, data));
    this.sizeBytes += data.byteLength;
  }

  async commit(): Promise<void> {
    await translated(this.path, async () => {
      await this.#handle.sync();
      await this.#close();
      if (this.#overwrite) await rename(this.#temporary, this.path);
      else await this.#claimName();
      this.#done = true;
      await syncFolder(dirname(this.path));
    });
  }

  async discard(): Promise<void> {
    if (this.#done) return;
    this.#done = true;
    await this.#close();
    await rm(this.#temporary, { force: true });
  }

  /** `link` fails where the name is taken, in one step; file systems without hard links get a check and a rename. */
  async #claimName(): Promise<void> {
    try {
      await link(this.#temporary, this.path);
    } catch (error) {
      if (!CANNOT_LINK.has(systemCode(error) ?? '')) throw error;
      await requireFreeName(this.path, false);
      await rename(this.#temporary, this.path);
      return;
    }
    await rm(this.#temporary, { force: true });
  }

  async #close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#handle.close();
  }
}

const CANNOT_LINK: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL']);

async function requireFreeName(path: string, overwrite: boolean): Promise<void> {
  const existing = await stat(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return null;
    throw fileError(error, path, { doing: 'write' });
  });
  if (existing?.isDirectory())
    throw new StudioError('file.exists', `${path} is a folder; a file name was expected.`, {
      remedy: 'Name a file inside it.',
      details: { path },
    });
  if (existing && !overwrite) throw nameTaken(path);
}

function nameTaken(path: string): StudioError {
  return new StudioError('file.exists', `${path} exists already.`, {
    remedy: 'Choose another name, or allow it to be replaced.',
    details: { path },
  });
}

async function translated<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw fileError(error, path, { doing: 'write' });
  }
}

/**
 * Calls `write` with a temporary path beside `path`, for a file or a folder, then gives it the name. Nothing is left
 * behind where it fails, and what was there before stays.
 * @throws {StudioError} file.diskFull, file.noPermission, file.notFound
 */
export async function placeDurably<R>(path: string, write: (temporary: string) => Promise<R>): Promise<R> {
  const temporary = temporaryBeside(path);
  const replaced = temporaryBeside(path);
  let aside = false;
  try {
    await makeFolder(dirname(path));
    const result = await write(temporary);
    // A folder cannot be renamed over another one.
    if ((await stat(path).catch(() => null))?.isDirectory()) {
      await rename(path, replaced);
      aside = true;
    }
    await renameDurably(temporary, path);
    aside = false;
    await rm(replaced, { recursive: true, force: true });
    return result;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (aside) await rename(replaced, path);
    throw fileError(error, path, { doing: 'write' });
  }
}

/**
 * A file that is written piece by piece and replaces what is at `path`: for threads that may block. Errors come as the
 * system gives them.
 */
export class DurableFileSync {
  /** The open file. */
  readonly file: number;
  readonly #path: string;
  readonly #temporary: string;
  #open = true;

  constructor(path: string) {
    this.#path = path;
    this.#temporary = temporaryBeside(path);
    this.file = openSync(this.#temporary, 'wx');
  }

  write(data: Uint8Array | string): void {
    writeAllSync(this.file, typeof data === 'string' ? Buffer.from(data, 'utf8') : data);
  }

  /** Syncs the file and gives it its name. */
  commit(): void {
    fsyncSync(this.file);
    this.#close();
    renameSync(this.#temporary, this.#path);
    syncFolderSync(dirname(this.#path));
  }

  /** Removes the temporary file; does nothing after `commit`. */
  discard(): void {
    this.#close();
    rmSync(this.#temporary, { force: true });
  }

  #close(): void {
    if (this.#open) closeSync(this.file);
    this.#open = false;
  }
}

/** Replaces the file at `path`, in a folder that is there, by `text`. */
export function writeDurableFileSync(path: string, text: string): void {
  const file = new DurableFileSync(path);
  try {
    file.write(text);
    file.commit();
  } finally {
    file.discard();
  }
}

/** As `writeDurableFileSync`, `value` as JSON on one line. */
export function writeDurableJsonSync(path: string, value: unknown): void {
  writeDurableFileSync(path, `${JSON.stringify(value)}\n`);
}
