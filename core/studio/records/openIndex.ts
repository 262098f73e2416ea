/**
 * Opens the database of a data folder; where it is missing or damaged, it is made anew from the folders, and nothing is
 * thrown away.
 */
import { existsSync, linkSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StudioError } from '../../../contract/errors.ts';
import { plural } from '../../../pure/plural.ts';
import { createLeaseRepository } from '../../db/leaseRepository.ts';
import { asDatabaseError } from '../../db/databaseErrors.ts';
import { canBeLookedAt, openReadOnly, refusesWrites } from '../../db/openReadOnly.ts';
import { isDiskFull } from '../../files/fileErrors.ts';
import { freeBytesAtSync } from '../../files/freeSpace.ts';
import { temporaryFolder } from '../../files/temporaryFolder.ts';
import { forbidWrites, type OpenDatabase, openDatabase } from '../../db/open.ts';
import { filling, replaceRows } from '../../db/rebuild.ts';
import type { QuorumDatabase } from '../../db/schema.ts';
import type { StudioPaths } from './paths.ts';
import { anythingStored, fillFromFolders, type RebuildReport } from './rebuildIndex.ts';

export interface OpenIndex extends OpenDatabase {
  /** Set where the database was made anew. */
  readonly rebuilt:
    | (RebuildReport & {
        /** Where the damaged one lies now; null when there was none. */ readonly movedAside: string | null;
      })
    | null;
  /** Why nothing can be stored, in words; null when all is well. */
  readonly readOnly: string | null;
}

/**
 * @param rebuild make it anew even if nothing is wrong with it
 * @throws {StudioError} run.inUse: it is to be made anew while a run trains; what `openDatabase` throws but for damage
 */
export async function openIndex(paths: StudioPaths, { rebuild = false } = {}): Promise<OpenIndex> {
  const { database: path } = paths;
  const missing = !existsSync(path) || statSync(path).size === 0;
  if (missing && anythingStored(paths)) return replacedOrLookedAt(paths, null);
  let opened: OpenDatabase;
  const before = missing ? null : statSync(path).ino;
  try {
    opened = await openDatabase(path);
  } catch (error) {
    if (error instanceof StudioError && error.code === 'database.damaged') return replacedOrLookedAt(paths, before);
    if (missing && refusesWrites(error)) return lookAtFolders(paths, error);
    if (!canBeLookedAt(error, path)) throw error;
    return { ...(await openReadOnly(path)), rebuilt: null, readOnly: whyReadOnly(error, path) };
  }
  if (!rebuild) return { ...opened, rebuilt: null, readOnly: null };
  try {
    return { ...opened, rebuilt: { ...(await replaceContent(opened.db, paths)), movedAside: null }, readOnly: null };
  } catch (error) {
    await opened.close();
    const known = asDatabaseError(error, path);
    // what looked sound when it was opened may be damaged further in
    if (known instanceof StudioError && known.code === 'database.damaged') return replaceFile(paths, before);
    throw known;
  }
}

/** Made anew on the disk, or where that takes no writes, elsewhere, to be looked at. */
async function replacedOrLookedAt(paths: StudioPaths, damaged: number | null): Promise<OpenIndex> {
  try {
    return await replaceFile(paths, damaged);
  } catch (error) {
    if (!refusesWrites(error)) throw error;
    return lookAtFolders(paths, error);
  }
}

/** What the folders hold, in a database outside of the data folder that is gone when it is closed. */
async function lookAtFolders(paths: StudioPaths, why: unknown): Promise<OpenIndex> {
  const folder = writableFolder();
  const opened = await openDatabase(folder === null ? ':memory:' : join(folder, 'quorum.sqlite'));
  const report = await filling(opened.db, () => fillFromFolders(opened.db, paths));
  await forbidWrites(opened);
  return {
    ...opened,
    rebuilt: { ...report, movedAside: null },
    readOnly: whyReadOnly(why, paths.database),
    async close() {
      await opened.close();
      if (folder !== null) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Null where no disk takes a file: there is memory still, which the thread that reads curves cannot look into. */
function writableFolder(): string | null {
  try {
    return temporaryFolder('look');
  } catch {
    return null;
  }
}

function whyReadOnly(error: unknown, path: string): string {
  const full = isDiskFull(error) || isDiskFull(error instanceof Error ? error.cause : null);
  return full || freeBytesAtSync(dirname(path)) === 0
    ? 'The disk is full: everything can be looked at and removed, and nothing new can be stored until there is room.'
    : 'The data folder cannot be written: everything can be looked at, and nothing new can be stored.';
}

/** What was done, and what could not be read, in words. */
export function rebuildNotices(
  { runs, checkpoints, datasets, movedAside, problems }: NonNullable<OpenIndex['rebuilt']>,
  { database }: StudioPaths,
): string[] {
  const event =
    movedAside === null
      ? 'The database was made anew'
      : `The database was damaged. It lies as ${movedAside}, and a new one was made`;
  const content = [plural(runs, 'run'), plural(checkpoints, 'checkpoint'), plural(datasets, 'data set')].join(', ');
  return [
    `${event} from the folders: ${content} (${database}).`,
    ...problems.map(({ path, problem }) => `Left as it is: ${path}: ${problem}.`),
  ];
}

/** In a file of its own beside the database, which takes its place only when it is whole. */
async function buildBeside(paths: StudioPaths): Promise<{ path: string; report: RebuildReport }> {
  const path = `${paths.database}.rebuilding-${process.pid}`;
  removeDatabase(path);
  const { db, close } = await openDatabase(path);
  try {
    const report = await filling(db, () => fillFromFolders(db, paths));
    return { path, report };
  } finally {
    await close();
  }
}

/** @param damaged which file was found damaged; null when there was none */
async function replaceFile(paths: StudioPaths, damaged: number | null): Promise<OpenIndex> {
  const built = await buildBeside(paths);
  const { database } = paths;
  let movedAside: string | null = null;
  // Another program may have done the same meanwhile; its result is as good.
  if (existsSync(database) && (damaged === null || statSync(database).ino === damaged)) {
    const aside = `${database}.damaged-${new Date().toISOString().replaceAll(/[:.]/g, '')}`;
    for (const suffix of ['', '-wal', '-shm'])
      if (existsSync(database + suffix)) renameSync(database + suffix, aside + suffix);
    if (damaged !== null) movedAside = aside;
  } else
    for (const suffix of ['-wal', '-shm'])
      if (!existsSync(database) && existsSync(database + suffix))
        renameSync(database + suffix, `${database}.left${suffix}-${Date.now()}`);
  try {
    linkSync(built.path, database);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    removeDatabase(built.path);
  }
  return { ...(await openDatabase(database)), rebuilt: { ...built.report, movedAside }, readOnly: null };
}

async function replaceContent(db: QuorumDatabase, paths: StudioPaths): Promise<RebuildReport> {
  const [held] = await createLeaseRepository(db).heldRuns();
  if (held !== undefined)
    throw new StudioError('run.inUse', `Run ${held} is training.`, {
      remedy: 'Stop it, or wait for it to end; then rebuild.',
    });
  const { path, report } = await buildBeside(paths);
  try {
    await replaceRows(db, path);
  } finally {
    removeDatabase(path);
  }
  return report;
}

function removeDatabase(path: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
}
