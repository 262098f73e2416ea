/** One installer at a time in one cache folder; a lock whose holder is gone is taken over. */
import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { makeFolder } from '../files/makeFolder.ts';

export const LOCK_FILE = 'install.lock';

const Holder = z.object({ pid: z.int(), startedAt: z.string().nullable() });
type Holder = z.infer<typeof Holder>;

/**
 * Takes the lock, waiting for its holder as long as it lives.
 * @param onWait called with the holder's process id, once a second while waiting.
 * @returns a function that gives it back.
 */
export async function takeInstallLock(
  folder: string,
  onWait: (pid: number) => void,
  signal?: AbortSignal,
): Promise<() => Promise<void>> {
  await makeFolder(folder);
  const file = path.join(folder, LOCK_FILE);
  const own: Holder = { pid: process.pid, startedAt: processStart(process.pid) };
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(own));
  try {
    for (;;) {
      signal?.throwIfAborted();
      // a hard link appears at once and whole, or not at all
      if (
        await link(draft, file).then(
          () => true,
          (error: NodeJS.ErrnoException) => {
            if (error.code === 'EEXIST') return false;
            throw error;
          },
        )
      )
        break;
      const holder = await readHolder(file);
      if (holder && !isAlive(holder)) await removeStale(file, holder);
      else {
        if (holder) onWait(holder.pid);
        await sleep(holder ? 1000 : 50, undefined, { signal });
      }
    }
  } finally {
    await rm(draft, { force: true });
  }
  const giveBackAtExit = (): void => {
    rmSync(file, { force: true });
  };
  process.once('exit', giveBackAtExit);
  return async () => {
    process.removeListener('exit', giveBackAtExit);
    await rm(file, { force: true });
  };
}

/** Null when the file has gone; one that cannot be read belongs to nobody. */
async function readHolder(file: string): Promise<Holder | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return Holder.parse(JSON.parse(text));
  } catch {
    return { pid: -1, startedAt: null };
  }
}

/**
 * Renames before deleting, so that of two who find the same stale lock only one removes it, and never a new one in its
 * place.
 */
async function removeStale(file: string, stale: Holder): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  if (
    !(await rename(file, aside).then(
      () => true,
      () => false,
    ))
  )
    return;
  const taken = await readHolder(aside);
  // somebody else took over between our look and our rename: give it its lock again
  if (taken && (taken.pid !== stale.pid || taken.startedAt !== stale.startedAt))
    await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}

function isAlive(holder: Holder): boolean {
  if (holder.pid <= 0) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return holder.startedAt === null || processStart(holder.pid) === holder.startedAt;
}

/**
 * When a process started, in the kernel's ticks, so that a reused process id is not taken for the old process; null
 * where that is not told.
 */
function processStart(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // the second field, the program's name, may hold blanks and parentheses
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
