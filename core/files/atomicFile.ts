/** Files that appear whole or not at all: written under a temporary name beside the target, flushed to disk, then renamed. */
import { randomBytes } from 'node:crypto';
import { link, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { StudioError } from '../../contract/errors.ts';

export interface AtomicFile {
  readonly path: string;
  /** Bytes written so far. */
  readonly sizeBytes: number;
  write(data: Uint8Array): Promise<void>;
  /** Flushes and gives the file its name. Throws `file.exists` when something took the name meanwhile and `overwrite` is off. */
  commit(): Promise<void>;
  /** Removes the temporary file; does nothing after `commit`. */
  discard(): Promise<void>;
}

/**
 * Starts a file that will be called `path`.
 * @throws file.exists when there is one and `overwrite` is off; file.notFound, file.noPermission, file.diskFull
 */
export async function openAtomicFile(path: string, options: { overwrite?: boolean } = {}): Promise<AtomicFile> {
  const overwrite = options.overwrite ?? false;
  await checkTarget(path, overwrite);
  const temporary = join(dirname(path), `.${basename(path).slice(0, 100)}.${randomBytes(6).toString('hex')}.partial`);
  const handle = await attempt(path, () => open(temporary, 'wx'));
  return new TemporaryFile(path, temporary, handle, overwrite);
}

/** Writes `data` as `path` in one go; errors as `openAtomicFile`. */
export async function writeAtomicFile(
  path: string,
  data: Uint8Array | string,
  options: { overwrite?: boolean } = {},
): Promise<void> {
  const file = await openAtomicFile(path, options);
  try {
    await file.write(typeof data === 'string' ? Buffer.from(data, 'utf8') : data);
    await file.commit();
  } finally {
    await file.discard();
  }
}

class TemporaryFile implements AtomicFile {
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
    await attempt(this.path, async () => {
      // One call may write less than it was given, for instance just before the disk is full.
      for (let at = 0; at < data.byteLength;)
        at += (await this.#handle.write(data, at, data.byteLength - at)).bytesWritten;
    });
    this.sizeBytes += data.byteLength;
  }

  async commit(): Promise<void> {
    await attempt(this.path, async () => {
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
      if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL'].includes(codeOf(error))) throw error;
      await checkTarget(this.path, false);
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

async function checkTarget(path: string, overwrite: boolean): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null;
    throw fileError(error, path);
  });
  if (found?.isDirectory())
    throw new StudioError('file.exists', `${path} is a folder; a file name was expected.`, {
      remedy: 'Name a file inside it.',
      details: { path },
    });
  if (found && !overwrite) throw existsError(path);
}

/** A rename is lasting only when its folder is flushed too; Windows cannot open folders and does not need it. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  if (!handle) return;
  try {
    await handle.sync();
  } catch (error) {
    if (!['EINVAL', 'EPERM', 'ENOTSUP', 'EISDIR', 'EBADF'].includes(codeOf(error))) throw error;
  } finally {
    await handle.close();
  }
}

async function attempt<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw fileError(error, path);
  }
}

/** The operating system's error about `path` as one that a user can act on; any other error comes back as it is. */
export function fileError(error: unknown, path: string): unknown {
  const options = { cause: error, details: { path, system: codeOf(error) } };
  switch (codeOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new StudioError('file.diskFull', `No space is left to write ${path}.`, {
        ...options,
        remedy: 'Free some space or choose another disk; nothing was replaced.',
      });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new StudioError('file.noPermission', `No permission for ${path}.`, {
        ...options,
        remedy: 'Choose a place you may write to, or change its permissions.',
      });
    case 'EEXIST':
      return existsError(path, error);
    case 'ENOENT':
    case 'ENOTDIR':
      return new StudioError(
        'file.notFound',
        `${path} cannot be reached: it, or the folder it should be in, does not exist.`,
        { ...options, remedy: 'Check the path, and create the folder first where needed.' },
      );
    default:
      return error;
  }
}

function existsError(path: string, cause?: unknown): StudioError {
  return new StudioError('file.exists', `${path} exists already.`, {
    cause,
    remedy: 'Choose another name, or allow it to be replaced.',
    details: { path },
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
