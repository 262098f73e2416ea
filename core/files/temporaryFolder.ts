/** Folders outside of the data folder, in the system's place for files that nobody needs tomorrow. */
import { mkdtempSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from './durableFile.ts';
import { fileError } from './fileErrors.ts';

const NAME = /^quorum-(program|look|names)-(\d+)-[^-]+$/u;

/**
 * Makes one for this process, by its id, so that what it leaves behind when it is killed can be told.
 * @throws {StudioError} `file.notFound`, `file.noPermission`, `file.diskFull` and the like
 */
export function temporaryFolder(purpose: 'program' | 'look' | 'names'): string {
  try {
    return mkdtempSync(join(tmpdir(), `quorum-${purpose}-${process.pid}-`));
  } catch (error) {
    throw temporaryError(error);
  }
}

/** What the system said about a file in a temporary folder, in words that name the place. */
export function temporaryError(error: unknown): unknown {
  const remedy = 'Free some space there, or set TMPDIR to a folder that you may write to, and start Quorum again.';
  return fileError(error, `${tmpdir()} (TMPDIR)`, {
    doing: 'write',
    remedies: { 'file.notFound': remedy, 'file.noPermission': remedy, 'file.diskFull': remedy },
  });
}

/** Those of this user whose processes are gone. */
export function abandonedTemporaryFolders(): string[] {
  return temporaryNames().flatMap((name) => {
    const pid = NAME.exec(name)?.[2];
    const path = join(tmpdir(), name);
    return pid !== undefined && !isRunning(Number(pid)) && isOwn(path) ? [path] : [];
  });
}

function temporaryNames(): string[] {
  try {
    return readdirSync(tmpdir());
  } catch {
    return [];
  }
}

function isOwn(path: string): boolean {
  const uid = process.getuid?.();
  return uid === undefined || statSync(path, { throwIfNoEntry: false })?.uid === uid;
}
