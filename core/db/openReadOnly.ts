/**
 * A database that cannot be opened for writing, on a full or read-only disk: its content as it is, in memory, for
 * looking at.
 */
import { copyFileSync, existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { systemCode } from '../files/fileErrors.ts';
import { temporaryFolder } from '../files/temporaryFolder.ts';
import { kyselyMigrations, MIGRATIONS } from './migrations/migrationList.ts';
import type { OpenDatabase } from './open.ts';
import type { QuorumTables } from './schema.ts';
import { ImmediateSqliteDialect } from './sqliteDialect.ts';

/** Where the header says how the file is written and read: 1 without a log beside it, 2 with one. */
const FORMAT_BYTES = [18, 19] as const;

/** Whether `error`, met when a database was opened or made, says that the disk takes no writes. */
export function refusesWrites(error: unknown): boolean {
  const code = systemCode(error instanceof Error && error.cause instanceof Error ? error.cause : error) ?? '';
  return /^(SQLITE_(IOERR|FULL|READONLY|CANTOPEN|PERM)|ENOSPC|EDQUOT|EROFS|EACCES)/.test(code);
}

/** Whether what the database at `path` holds can still be looked at, although `error` was met when it was opened. */
export function canBeLookedAt(error: unknown, path: string): boolean {
  return existsSync(path) && refusesWrites(error);
}

/** Every write fails with `SQLITE_READONLY`. @throws what reading the file throws */
export async function openReadOnly(path: string): Promise<OpenDatabase> {
  const raw = inMemory(path);
  const db = new Kysely<QuorumTables>({ dialect: new ImmediateSqliteDialect(raw) });
  // of an older version: the copy is brought up to date, the file stays
  const { error } = await new Migrator({
    db,
    provider: { getMigrations: async () => kyselyMigrations(MIGRATIONS) },
  }).migrateToLatest();
  if (error) throw error;
  raw.pragma('query_only = ON');
  return { db, path, backupPath: null, close: () => db.destroy() };
}

/** A copy of the database file that nothing is ever written to. @throws what reading the file throws */
export function inMemory(path: string): Sqlite.Database {
  return new Sqlite(withoutLog(content(path)));
}

/** With what still lies in the log beside it, where there is another disk to put the two together. */
function content(path: string): Buffer {
  const log = `${path}-wal`;
  if (!existsSync(log) || statSync(log).size === 0) return readFileSync(path);
  try {
    const folder = temporaryFolder('look');
    try {
      const copy = join(folder, 'copy.sqlite');
      copyFileSync(path, copy);
      copyFileSync(log, `${copy}-wal`);
      const raw = new Sqlite(copy);
      raw.pragma('wal_checkpoint(TRUNCATE)');
      const bytes = raw.serialize();
      raw.close();
      return bytes;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  } catch {
    return readFileSync(path);
  }
}

function withoutLog(bytes: Buffer): Buffer {
  for (const at of FORMAT_BYTES) bytes[at] = 1;
  return bytes;
}
