/** Folders outside of the data folder, in the system's place for files that nobody needs tomorrow. */
import { mkdtempSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from './durableFile.ts';

const NAME = /^quorum-(program|look)-(\d+)-[^-]+$/u;

/** Makes one for this process, by its id, so that what it leaves behind when it is killed can be told. */
export function temporaryFolder(purpose: 'program' | 'look'): string {
  return mkdtempSync(join(tmpdir(), `quorum-${purpose}-${process.pid}-`));
}

/** Those of this user whose processes are gone. */
export function abandonedTemporaryFolders(): string[] {
  return readdirSync(tmpdir()).flatMap((name) => {
    const pid = NAME.exec(name)?.[2];
    const path = join(tmpdir(), name);
    return pid !== undefined && !isRunning(Number(pid)) && isOwn(path) ? [path] : [];
  });
}

function isOwn(path: string): boolean {
  const uid = process.getuid?.();
  return uid === undefined || statSync(path, { throwIfNoEntry: false })?.uid === uid;
}
